import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { appLines, initContainerNames, type LivePod } from './pod.ts'
import { proven } from './proven.ts'
import { restrictedContainer, restrictedPod } from './restricted-pod.ts'

describe('a directory that containers share', () => {
  const kubectl = useNamespace('catalog-sharing', podSecurity('restricted'))
  const run = async (...pod: Parameters<typeof restrictedPod>) => {
    await kubectl(['create', '-f=-'], { stdin: restrictedPod(...pod) })
    await kubectl(['wait', '--for=condition=Ready', `pod/${pod[0]}`, '--timeout=90s'])
  }
  const inApp = (pod: string, ...command: string[]) => kubectl(['exec', pod, '-c=app', '--', ...command])
  const workDir = (parameters: Readonly<Record<string, string>>) => ({
    'pillion.dev/inject': 'work-dir',
    ...Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [`pillion.dev/work-dir.${name}`, value]),
    ),
  })
  const nginx = { container: { image: 'nginx:1.29' } }
  const html = '/usr/share/nginx/html'

  it("has its file before the app's server starts", async () => {
    await kubectl(['apply', '-f=examples/work-dir.yaml'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/prepared', '--timeout=90s'])
    const page = await kubectl(['exec', 'prepared', '--', 'wget', '-qO-', 'localhost:8080'])
    expect(page).toBe('<h1>Soon</h1>\n')
    proven('work-dir', `the app's server, started after it, says ${page.trim()}`)
  })

  it("hides what the app's image has there", async () => {
    await run('hidden', workDir({ path: html }), nginx)
    expect(await inApp('hidden', 'ls', html)).toBe('ready\n')
  })

  it("has what the app's image has there when it is told to copy it", async () => {
    await run('copied', workDir({ path: html, copy: 'true' }), nginx)
    const files = (await inApp('copied', 'ls', html)).split('\n')
    expect(files).toEqual(expect.arrayContaining(['index.html', 'ready']))
    expect(await inApp('copied', 'grep', '-c', '<title>', `${html}/index.html`)).toBe('1\n')
    proven('work-dir', "nginx's own pages are in the volume that was mounted over them")
  })

  it('says that there is nothing to copy, where that is so', async () => {
    const annotations = workDir({ path: '/nowhere', copy: 'true' })
    const pod = restrictedPod('nothing', annotations, { spec: { restartPolicy: 'Never' } })
    await kubectl(['create', '-f=-'], { stdin: pod })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Failed', 'pod/nothing', '--timeout=60s'])
    const message = '-o=jsonpath={.status.initContainerStatuses[0].state.terminated.message}'
    expect(await kubectl(['get', 'pod', 'nothing', message])).toContain("can't stat '/nowhere/.'")
  })

  it("lets an app of another user change a file by the Pod's fsGroup", async () => {
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 2000,
      seccompProfile: { type: 'RuntimeDefault' },
    }
    await run('group', workDir({ mode: '0660' }), { spec: { securityContext } })
    expect(await inApp('group', 'stat', '-c', '%u %g %a', '/work-dir/ready')).toBe('65534 2000 660\n')
    await inApp('group', 'sh', '-c', 'echo changed >/work-dir/ready')
    expect(await inApp('group', 'cat', '/work-dir/ready')).toBe('changed\n')
    proven('work-dir', 'user 1000 changed a file of user 65534 with mode 0660 by fsGroup 2000')
  })

  it('keeps an app of another user from changing a file, or reading it, by its mode', async () => {
    await run('private', workDir({ mode: '0600', user: '3000', group: '3000' }))
    expect(await inApp('private', 'stat', '-c', '%u %g %a', '/work-dir/ready')).toBe('3000 3000 600\n')
    const { code, stderr } = await kubectl.attempt(['exec', 'private', '--', 'cat', '/work-dir/ready'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Permission denied') })
  })

  it('is the one that an app container mounts there already, down to its subPath', async () => {
    const mount = (fields: object) => ({ volumeMounts: [{ name: 'own', ...fields }] })
    await run('adopted', workDir({}), {
      container: mount({ mountPath: '/work-dir', subPath: 'part' }),
      spec: { volumes: [{ name: 'own', emptyDir: {} }] },
    })
    expect(await inApp('adopted', 'cat', '/work-dir/ready')).toBe('initializing\n')
    const pod = JSON.parse(await kubectl(['get', 'pod', 'adopted', '-o=json'])) as LivePod
    expect(pod.spec.initContainers?.[0]?.volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'own', mountPath: '/work-dir', subPath: 'part' }),
    )
    proven('work-dir', "its file is in the part of the app's own volume that the app mounts")
  })

  it('is one for two app containers, whose roots are read-only, and the sidecar that reads there', async () => {
    const writing = (name: string) => ({
      command: ['sh', '-c', `echo ${name} >>/var/log/app/app.log; exec sleep infinity`],
    })
    const { spec } = JSON.parse(restrictedPod('both', {}, writing('app'))) as {
      spec: { containers: object[] }
    }
    const containers = [...spec.containers, restrictedContainer('web', writing('web'))]
    await run('both', { 'pillion.dev/inject': 'log-tail' }, { spec: { containers } })
    const lines = async () => appLines(await kubectl(['logs', 'both', '-c=log-tail']))
    await until('both lines arrive', 20_000, async () => (await lines()).length === 2)
    expect((await lines()).toSorted()).toEqual(['app', 'web'])
    proven('log-tail', 'one sidecar printed what two app containers wrote to one file')
  })

  it('is none in a Pod for Windows, which is left alone with a warning', async () => {
    const pod = restrictedPod('windows', workDir({}), {
      spec: { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } },
      container: { securityContext: {} },
    })
    const { stdout, stderr } = await kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
      stdin: pod,
    })
    expect(stderr).toContain('Warning: profile work-dir is skipped: ')
    expect(stderr).toContain('the Pod is for Windows')
    expect(initContainerNames(JSON.parse(stdout) as LivePod)).toEqual([])
    proven('work-dir', stderr.trim())
  })
})

describe("a Pod in its node's network", () => {
  const kubectl = useNamespace('catalog-host-network')

  it('gets its sidecar and init containers, which use no port', async () => {
    const annotations = { 'pillion.dev/inject': 'work-dir, log-tail' }
    const command = ['sh', '-c', 'cat /work-dir/ready >/var/log/app/app.log; exec sleep infinity']
    const pod = restrictedPod('host', annotations, { command, spec: { hostNetwork: true } })
    await kubectl(['create', '-f=-'], { stdin: pod })
    await kubectl(['wait', '--for=condition=Ready', 'pod/host', '--timeout=90s'])
    const lines = async () => appLines(await kubectl(['logs', 'host', '-c=log-tail']))
    await until('the line arrives', 20_000, async () => (await lines()).includes('initializing'))
    proven('work-dir, log-tail', "they work in a Pod that has its node's network")
  })
})
