import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { appLines, busyboxPod } from './pod.ts'

describe('the programs of the catalog', () => {
  const kubectl = useNamespace('catalog', podSecurity('baseline'))
  const run = async (...pod: Parameters<typeof busyboxPod>) => {
    await kubectl(['create', '-f=-'], { stdin: busyboxPod(...pod) })
    await kubectl(['wait', '--for=condition=Ready', `pod/${pod[0]}`, '--timeout=60s'])
  }

  const logged = async (pod: string) => appLines(await kubectl(['logs', pod, '-c=log-tail']))

  it('follow a log that appears late, is rotated, and is cut short', async () => {
    const app = `
      log=/var/log/app/app.log
      sleep 2; echo early >$log
      sleep 2; echo before the rotation >>$log; mv $log $log.1; echo after it >$log
      sleep 2; : >$log; echo anew >>$log
      exec sleep infinity`
    await run('rotating', { 'pillion.dev/inject': 'log-tail' }, ['sh', '-c', app])
    await until('the last line arrives', 20_000, async () => (await logged('rotating')).includes('anew'))
    expect(await logged('rotating')).toEqual(['early', 'before the rotation', 'after it', 'anew'])
  })

  it('read what only its owner may read when they run as the owner', async () => {
    const annotations = { 'pillion.dev/inject': 'log-tail', 'pillion.dev/log-tail.user': '1000' }
    const app =
      'umask 077; echo private >/var/log/app/app.log; chown 1000 /var/log/app/app.log; exec sleep infinity'
    await run('private', annotations, ['sh', '-c', app])
    await until('the line arrives', 10_000, async () => (await logged('private')).includes('private'))
  })

  it('take a value as it is, whatever the shell or Kubernetes could make of it', async () => {
    const content = '"; touch /work-dir/x; $(touch /work-dir/y) `id` $(HOME) $$(HOME) $HOME \\n\nsecond: line'
    const file = 'the "$(HOME)" of $HOME'
    const annotations = {
      'pillion.dev/inject': 'work-dir',
      'pillion.dev/work-dir.content': content,
      'pillion.dev/work-dir.file': file,
      'pillion.dev/work-dir.mode': '0640',
    }
    await run('literal', annotations)
    expect(await kubectl(['exec', 'literal', '--', 'ls', '/work-dir'])).toBe(`${file}\n`)
    expect(await kubectl(['exec', 'literal', '--', 'cat', `/work-dir/${file}`])).toBe(`${content}\n`)
    expect(await kubectl(['exec', 'literal', '--', 'stat', '-c', '%a %u', `/work-dir/${file}`])).toBe(
      '640 65534\n',
    )
  })
})
