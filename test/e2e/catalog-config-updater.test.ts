import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { hurryKubelet } from './kubelet.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { configMap, restrictedPod } from './restricted-pod.ts'

/** From the kubelet's update of the volume in the sidecar to the app's knowledge of it. */
const mostMs = 5_000

describe('config-updater', () => {
  const kubectl = useNamespace('catalog-config-updater', podSecurity('restricted'))
  const ready = (pod: string) => kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=90s'])
  const inApp = (pod: string, ...command: string[]) => kubectl(['exec', pod, '--', ...command])
  const sidecar = (pod: string, ...command: string[]) =>
    kubectl(['exec', pod, '-c=config-updater', '--', ...command])

  /** How long after the kubelet's update the line stood in the sidecar's log. */
  const delayMs = async (pod: string, line: string, source = 'config-map') => {
    const updated = await sidecar(pod, 'stat', '-c', '%y', `/source/${source}/..data`)
    const log = await kubectl(['logs', pod, '-c=config-updater', '--timestamps'])
    const logged = log.split('\n').findLast(entry => entry.endsWith(` ${line}`))
    const [date, time] = updated.trim().split(' ')
    return Date.parse(logged?.split(' ')[0] ?? '') - Date.parse(`${date}T${time?.slice(0, 12)}Z`)
  }

  it('lets nginx take up a new configuration by a signal, without a restart', async () => {
    await kubectl(['apply', '-f=examples/config-updater.yaml'])
    await ready('greeter')
    const page = () => kubectl(['exec', 'greeter', '-c=nginx', '--', 'curl', '-s', 'localhost:8080'])
    expect(await page()).toBe('hello\n')
    const greeting = 'server { listen 8080; return 200 "good evening\\n"; }'
    await kubectl([
      'patch',
      'configmap',
      'greeter',
      `-p=${JSON.stringify({ data: { 'greeting.conf': greeting } })}`,
    ])
    await hurryKubelet(kubectl, 'greeter')
    await until('nginx says it', 150_000, async () => (await page()) === 'good evening\n', 200)
    const delay = await delayMs('greeter', 'the app was told')
    expect(delay).toBeLessThan(mostMs)
    const restarts = '-o=jsonpath={.status.containerStatuses[0].restartCount}'
    expect(await kubectl(['get', 'pod', 'greeter', restarts])).toBe('0')
    proven('config-updater', `nginx had SIGHUP ${delay} ms after the kubelet changed the ConfigMap's volume`)
  }, 240_000)

  it('tells the app over HTTP of a changed Secret and of a key that has gone, once it listens', async () => {
    await kubectl(['create', 'secret', 'generic', 'keys', '--from-literal=new=1', '--from-literal=old=1'])
    const app = `
      mkdir -p /tmp/www/cgi-bin && cd /tmp/www
      printf '#!/bin/sh\\necho "$REQUEST_METHOD $(ls /etc/app) $(cat /etc/app/new)" >>/tmp/told; echo; echo' >cgi-bin/reload
      chmod +x cgi-bin/reload
      until [ -f /tmp/listen ]; do sleep 0.1; done
      exec httpd -f -p 8080`
    const annotations = {
      'pillion.dev/inject': 'config-updater',
      'pillion.dev/config-updater.secret': 'keys',
      'pillion.dev/config-updater.port': '8080',
      'pillion.dev/config-updater.requestPath': '/cgi-bin/reload?now',
    }
    const temporary = { volumeMounts: [{ name: 'temporary', mountPath: '/tmp' }] }
    await kubectl(['create', '-f=-'], {
      stdin: restrictedPod('keys', annotations, {
        command: ['sh', '-c', app],
        container: temporary,
        spec: { volumes: [{ name: 'temporary', emptyDir: {} }] },
      }),
    })
    await ready('keys')
    expect(await inApp('keys', 'cat', '/etc/app/new')).toBe('1')
    expect(await inApp('keys', 'grep', '-c', '^tmpfs /etc/app ', '/proc/mounts')).toBe('1\n')
    await kubectl(['patch', 'secret', 'keys', '-p={"stringData":{"new":"2"},"data":{"old":null}}'])
    await hurryKubelet(kubectl, 'keys')
    const log = () => kubectl(['logs', 'keys', '-c=config-updater'])
    await until(
      'it finds nobody there',
      150_000,
      async () => (await log()).includes('could not be told yet'),
      200,
    )
    const delay = await delayMs('keys', 'old is gone', 'secret')
    expect(delay).toBeLessThan(mostMs)
    await inApp('keys', 'touch', '/tmp/listen')
    await until('the app is told', 10_000, async () => (await log()).includes('the app was told'), 200)
    expect(await inApp('keys', 'cat', '/tmp/told')).toBe('POST new 2\n')
    proven(
      'config-updater',
      `a Secret's new value and lost key were in place after ${delay} ms, and the app had its POST when it listened`,
    )
  }, 240_000)

  it('never shows a file that is half written', async () => {
    const data = (letter: string) => ({ file: letter.repeat(500_000) })
    await kubectl(['create', '-f=-'], { stdin: configMap('whole', data('a')) })
    const app = `
      while :; do
        others=$(tr -d a </etc/app/file | wc -c)
        case $others in 0 | 500000) echo "$others" ;; *) echo "torn: $others" ;; esac
      done`
    const annotations = {
      'pillion.dev/inject': 'config-updater',
      'pillion.dev/config-updater.configMap': 'whole',
    }
    await kubectl(['create', '-f=-'], {
      stdin: restrictedPod('whole', annotations, { command: ['sh', '-c', app] }),
    })
    await ready('whole')
    await kubectl(['replace', '-f=-'], { stdin: configMap('whole', data('b')) })
    await hurryKubelet(kubectl, 'whole')
    const last = async () => await kubectl(['logs', 'whole', '--tail=1'])
    await until('the app sees the new file', 150_000, async () => (await last()) === '500000\n', 200)
    const seen = new Set((await kubectl(['logs', 'whole'])).trim().split('\n'))
    expect([...seen].sort()).toEqual(['0', '500000'])
    proven('config-updater', 'an app that reads without a pause saw 500 kB of the old, then of the new')
  }, 240_000)
})
