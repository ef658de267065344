import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { output, root } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import { type ChartCluster, createEmptyCluster } from './chart.ts'
import { blocksBelow } from './documented.ts'
import { busyboxPod, initContainerNames, type LivePod } from './pod.ts'
import { samples } from './replicas.ts'

const documented = await blocksBelow('docs/admin.md', 'Client certificate of the API server')
const inLanguage = (language: string) =>
  documented.flatMap(each => (each.language === language ? [each.text] : []))

/** In a cluster of its own: the API server reads which certificate it has when it starts. */
describeWithHelm('--client-ca, set up by the steps of docs/admin.md', () => {
  let directory: string
  let cluster: ChartCluster

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-client-certificate-'))
    await symlink(join(root, 'charts'), join(directory, 'charts'))
    const [makeCertificates = '', install = ''] = inLanguage('sh')
    await output('sh', ['-ec', `cd "$0"\n${makeCertificates}`, directory])
    cluster = await createEmptyCluster(`pillion-e2e-client-certificate-${process.pid}`, {
      extraMounts: await controlPlaneFiles(),
      kubeadmConfigPatches: [
        stringify({ kind: 'InitConfiguration', patches: { directory: '/etc/kubernetes/patches' } }),
      ],
    })
    await cluster.kubectl(['create', 'namespace', 'pillion'])
    const { code, stderr } = await cluster.attempt('sh', ['-ec', `cd "$0"\n${install}`, directory])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    await cluster.kubectl(['create', '-f=-'], { stdin: stranger })
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/stranger', '--timeout=60s'])
  }, 300_000)
  afterAll(async () => {
    await cluster?.remove()
    await rm(directory, { recursive: true })
  })

  it('lets the replicas become ready: their probes need no certificate', async () => {
    const path = '-o=jsonpath={.status.readyReplicas} {.spec.template.spec.containers[0].args}'
    const found = await cluster.kubectl(['-n=pillion', 'get', 'deployment', 'pillion', path])
    expect(found).toMatch(/^2 .*"--client-ca=\/client-ca\/ca\.crt"/)
  })

  it('answers the API server about Pods', async () => {
    await until('the API server reaches the webhook', 60_000, async () => (await sidecars()).length > 0, 250)
    expect(await sidecars()).toEqual(['log-tail'])
  })

  it('answers the API server about profiles', async () => {
    const { code, stderr } = await cluster.kubectl.attempt(['create', '-f=-'], { stdin: badProfile })
    expect(code).toBe(1)
    expect(stderr).toContain('admission webhook "profile.validate.pillion.dev" denied the request')
  })

  it('is in order by every check of doctor', async () => {
    const { code, stdout } = await doctor()
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^ok +dry run /m)
  })

  it.each([
    { caller: 'a Pod', path: '/mutate', call: () => fromPod('/mutate') },
    { caller: 'a Pod', path: '/validate', call: () => fromPod('/validate') },
    { caller: 'a user of the proxy of the API server', path: '/mutate', call: () => throughProxy('/mutate') },
    {
      caller: 'a user of the proxy of the API server',
      path: '/validate',
      call: () => throughProxy('/validate'),
    },
  ])('refuses $path to $caller, who has no certificate, with 401, and counts it', async ({ call }) => {
    const before = await refused()
    const answer = await call()
    expect(answer).toContain('a client certificate of the API server is required')
    expect(answer).toMatch(/\b401\b/)
    expect((await refused()) - before).toBe(1)
  })

  it('reads what a Pod sends that has the certificate', async () => {
    const pair = ['client.crt', 'client.key'].map(name => readFile(join(directory, name), 'utf8'))
    const stdin = (await Promise.all(pair)).join('')
    await cluster.kubectl(['exec', '-i', 'stranger', '--', 'sh', '-c', 'cat > /tmp/client.pem'], { stdin })
    for (const path of ['/mutate', '/validate']) {
      expect(await fromPod(path, ['--cert', '/tmp/client.pem'])).toMatch(/ 400$/)
    }
  })

  // With another port the Service has another name, for which the API server has no certificate.
  describe('when the API server has no certificate for the Service', () => {
    beforeAll(async () => {
      const port = { name: 'other', port: 8443, targetPort: 'https' }
      await patch(['-n=pillion', 'service', 'pillion'], { op: 'add', path: '/spec/ports/-', value: port })
      await patch(webhook, { op: 'add', path: '/webhooks/0/clientConfig/service/port', value: 8443 })
      await until('no Pod is injected', 30_000, async () => (await sidecars()).length === 0, 250)
    })

    it('injects nothing, and doctor says why', async () => {
      const { code, stdout } = await doctor()
      expect(code).toBe(1)
      expect(stdout).toMatch(certificateMissing)
    })

    it('lets no Pod start with failurePolicy Fail, and doctor says why', async () => {
      await patch(webhook, { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' })
      const said = () => create().then(({ stderr }) => stderr)
      await until('it is in force', 30_000, async () => (await said()) !== '', 250)
      expect(await said()).toContain('a client certificate of the API server is required')
      const { code, stdout } = await doctor()
      expect(code).toBe(1)
      expect(stdout).toMatch(certificateMissing)
    })
  })

  /** Writes the files of the page, and gives the directories that the node has to see. */
  async function controlPlaneFiles(): Promise<readonly object[]> {
    const certificates = ['client.crt', 'client.key'].map(async name => ({
      path: `/etc/kubernetes/pillion/${name}`,
      text: await readFile(join(directory, name), 'utf8'),
    }))
    const files = inLanguage('yaml').map(text => ({ path: /^# (\/\S+)\n/.exec(text)?.[1] ?? '', text }))
    const all = [...files, ...(await Promise.all(certificates))]
    for (const { path, text } of all) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    return [...new Set(all.map(({ path }) => dirname(path)))].map(path => ({
      hostPath: join(directory, path),
      containerPath: path,
      readOnly: true,
    }))
  }

  const webhook = ['mutatingwebhookconfiguration', 'pillion']

  const patch = (object: readonly string[], change: object) =>
    cluster.kubectl(['patch', ...object, '--type=json', `--patch=${JSON.stringify([change])}`])

  const doctor = () => cluster.attempt('npx', ['pillion', 'doctor'])

  const create = () =>
    cluster.kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
      stdin: busyboxPod('asking', { 'pillion.dev/inject': 'log-tail' }),
    })

  async function sidecars(): Promise<string[]> {
    return initContainerNames(JSON.parse((await create()).stdout) as LivePod)
  }

  /** What the caller is told, and the status. */
  function fromPod(path: string, flags: readonly string[] = []): Promise<string> {
    const url = `https://pillion.pillion.svc${path}`
    const curl = ['curl', '-sk', '-w', ' %{http_code}', '--json', '{}', ...flags, url]
    return cluster.kubectl(['exec', 'stranger', '--', ...curl])
  }

  async function throughProxy(path: string): Promise<string> {
    const service = '/api/v1/namespaces/pillion/services/https:pillion:https/proxy'
    const { stderr } = await cluster.kubectl.attempt(['create', `--raw=${service}${path}`, '-v=6', '-f=-'], {
      stdin: '{}',
    })
    return stderr
  }

  async function refused(): Promise<number> {
    const counted = (await samples(cluster.kubectl, 'pillion_admission_requests_total')).flat()
    return counted
      .filter(({ labels }) => labels === 'outcome="refused",reason="Unauthorized"')
      .reduce((sum, { value }) => sum + value, 0)
  }
})

const certificateMissing =
  /^broken +dry run .*\n +hint: Pillion requires a client certificate of the API server \(--client-ca\)/m

const stranger = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'stranger' },
  spec: {
    containers: [{ name: 'app', image: 'nginx:1.29', command: ['sleep', 'infinity'] }],
    terminationGracePeriodSeconds: 0,
  },
})

const badProfile = JSON.stringify({
  apiVersion: 'pillion.dev/v1alpha1',
  kind: 'ClusterSidecarProfile',
  metadata: { name: 'wrong' },
  spec: { containers: [{ name: 'wrong', image: 'busybox:1.37', args: ['$(params.path)'] }] },
})
