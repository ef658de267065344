import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { provideImage } from '../../tools/kind/image.ts'
import { waitUntilReached } from '../../tools/kind/reached.ts'
import { root } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import { type ChartCluster, chart, createEmptyCluster } from './chart.ts'
import { blocksBelow } from './documented.ts'
import { enforcePolicies } from './enforcer.ts'
import { busyboxPod } from './pod.ts'
import { sidecarProfile } from './profile.ts'
import { type Caller, callerPod, fetched, reached } from './reach.ts'
import { accepted } from './stored-profile.ts'

/** In a cluster of its own, where the replicas run on another node than the API server. */
describeWithHelm('networkPolicy with the values of docs/helm.md, where policies are enforced', () => {
  const name = `pillion-e2e-network-policy-${process.pid}`
  let directory: string
  let cluster: ChartCluster
  /** The address of the node of the API server. */
  let apiServer: string
  let nodes: readonly Located[]
  let prometheus: Caller
  let strangers: readonly Caller[]

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-network-policy-'))
    await provideImage()
    cluster = await createEmptyCluster(name, { base: await twoNodes(directory) }, ['busybox:1.37'])
    nodes = await located(['nodes'])
    apiServer = nodes.find(({ name: node }) => node === `${name}-control-plane`)?.ip ?? ''
    prometheus = { namespace: 'monitoring', pod: 'prometheus' }
    strangers = nodes.map((_, i) => ({ namespace: 'elsewhere', pod: `stranger-${i}` }))
    const callers = [prometheus, ...strangers]
    const pods = callers.map((caller, i) => callerPod(caller, nodes[i % nodes.length]?.name ?? ''))
    for (const namespace of ['monitoring', 'elsewhere'])
      await cluster.kubectl(['create', 'namespace', namespace])
    await cluster.kubectl(['create', '-f=-'], { stdin: pods.join('\n') })
    for (const { namespace, pod } of callers)
      await cluster.kubectl([
        `-n=${namespace}`,
        'wait',
        '--for=condition=Ready',
        `pod/${pod}`,
        '--timeout=90s',
      ])
  }, 600_000)
  afterAll(async () => {
    await cluster?.remove()
    await rm(directory, { recursive: true })
  })

  it('is enforced: a policy that allows nothing cuts off a Pod, until it is deleted', async () => {
    const others = await located(['pods', '-n=elsewhere'])
    const servers = others.map(({ ip }) => `${ip}:8080`)
    const count = async () => (await reached(cluster.kubectl, prometheus, servers)).length
    expect(await count()).toBe(servers.length)
    await cluster.kubectl(['-n=elsewhere', 'create', '-f=-'], { stdin: allowNothing })
    const isCutOff = async () => (await count()) === 0
    await until('the network does so itself', 1_000, isCutOff, 250).catch(() => enforcePolicies(name))
    await until('the Pods are cut off', 20_000, isCutOff)
    await cluster.kubectl(['-n=elsewhere', 'delete', 'networkpolicy', 'allow-nothing'])
    await until('the Pods are reached again', 20_000, async () => (await count()) === servers.length)
  }, 600_000)

  it('is not there by default: every Pod reaches Pillion, and Pillion reaches every address', async () => {
    const flags = [
      '--set=catalog.enabled=false',
      '--set=rollout.enabled=true',
      '--set=sweep.intervalSeconds=5',
    ]
    await helm('install', '--create-namespace', ...flags)
    await cluster.kubectl(['create', '-f=-'], { stdin: sideProfile('one') })
    await accepted(cluster.kubectl, 'side')
    await isCalled()
    await cluster.kubectl(['create', '-f=-'], { stdin: busyboxPod('runs', { 'pillion.dev/inject': 'side' }) })
    const { inside, outside } = await addresses()
    expect(await eachReaches(strangers, () => inside)).toEqual(strangers.map(() => inside))
    const found = await replicas()
    expect(await eachReaches(found, () => outside)).toEqual(found.map(() => outside))
  }, 300_000)

  it('comes with an upgrade, after which new replicas become ready', async () => {
    const [example] = (await blocksBelow('docs/helm.md', 'Values by example')).filter(({ text }) =>
      text.startsWith('networkPolicy:'),
    )
    const file = join(directory, 'values.yaml')
    await writeFile(file, (example?.text ?? '').replaceAll('10.0.0.0/28', `${apiServer}/32`))
    await helm('upgrade', '--reset-then-reuse-values', `--values=${file}`, '--set=logLevel=debug')
    await isCalled()
  }, 300_000)

  it('lets nobody reach Pillion but the API server and Prometheus', async () => {
    const { inside } = await addresses()
    const metrics = inside.filter(address => address.endsWith(':9090'))
    expect(await eachReaches([...strangers, prometheus], () => inside)).toEqual([
      ...strangers.map(() => []),
      metrics,
    ])
  })

  it('lets Pillion reach nothing but the API server, DNS and its own node', async () => {
    const { outside } = await addresses()
    const ofOthers = ({ node }: Located) => outside.filter(address => !address.startsWith(`${node}:`))
    const allowed = [`${apiServer}:6443`, 'kubernetes.default.svc.cluster.local:443']
    const found = await replicas()
    expect(found.map(replica => ofOthers(replica).length)).toEqual(found.map(() => outside.length - 1))
    expect(await eachReaches(found, replica => [...ofOthers(replica), ...allowed])).toEqual(
      found.map(() => allowed),
    )
  })

  it('lets the API server call Pillion about profiles', async () => {
    const bad = sidecarProfile('bad', { args: ['$(params.path)'] })
    const { code, stderr } = await cluster.kubectl.attempt(['create', '-f=-'], { stdin: bad })
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('admission webhook "profile.validate.pillion.dev" denied the request'),
    })
  })

  it('lets the leader sweep, accept a profile, and give it to a Pod that runs', async () => {
    const end = 'pillion_sweep_timestamp_seconds'
    const lastPass = async () => Math.max(...(await metric(end)))
    const before = await lastPass()
    await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f=-'], {
      stdin: sideProfile('two'),
    })
    await accepted(cluster.kubectl, 'side')
    const version = ['get', 'pod', 'runs', '-o=jsonpath={.metadata.annotations.example\\.org/version}']
    await until('the Pod has it', 60_000, async () => (await cluster.kubectl(version)) === 'two', 500)
    await until('the leader has swept', 30_000, async () => (await lastPass()) > before, 500)
  })

  it('lets the certificate be made anew', async () => {
    const expiry = 'pillion_certificate_expiry_timestamp_seconds'
    const before = await metric(expiry)
    await cluster.kubectl(['-n=pillion', 'delete', 'secret', 'pillion-tls'])
    await until(
      'every replica serves another certificate',
      60_000,
      async () => (await metric(expiry)).every((value, i) => value !== before[i]),
      500,
    )
    await isCalled()
  })

  it('passes the test of the chart', async () => {
    expect(await cluster.helm(['-n=pillion', 'test', 'pillion'])).toMatch(/^Phase: +Succeeded$/m)
    const said = await cluster.kubectl(['-n=pillion', 'logs', 'pillion-test'])
    expect(said.match(/^(broken|warning|unknown) +\S+/gm)).toEqual(['unknown  certificate'])
  })

  it('with a wrong address of the API server, takes the sidecars from new Pods, and doctor says why', async () => {
    const wrong = ['--set=networkPolicy.webhookFrom[0].ipBlock.cidr=192.0.2.0/28', '--set=logLevel=info']
    await helm('upgrade', '--reset-then-reuse-values', ...wrong)
    // Connections that are open stay so, until the replica of before is gone.
    const stdin = busyboxPod('probe', { 'pillion.dev/inject': 'side' })
    const dryRun = ['create', '--dry-run=server', '-o=json', '-f=-']
    await until('a Pod gets no sidecar', 30_000, async () => {
      return !(await cluster.kubectl(dryRun, { stdin })).includes('pillion.dev/status')
    })
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'doctor'])
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        /^broken +dry run +.* would start without it: .*\n +hint: .*namespace pillion must let the API server.*: pillion$/m,
      ),
    })
  }, 300_000)

  async function helm(command: 'install' | 'upgrade', ...more: readonly string[]): Promise<void> {
    await cluster.helm([
      command,
      'pillion',
      chart,
      '--namespace=pillion',
      '--wait',
      '--timeout=180s',
      ...more,
    ])
  }

  function isCalled(): Promise<void> {
    return waitUntilReached((args, stdin) =>
      cluster.kubectl.attempt(args, { stdin: stdin.replace('work-dir', 'side') }),
    )
  }

  /** Which of the addresses each caller reaches. */
  function eachReaches<T extends Caller>(callers: readonly T[], of: (caller: T) => readonly string[]) {
    return Promise.all(callers.map(caller => reached(cluster.kubectl, caller, of(caller))))
  }

  /** The replicas, without those that are being deleted. */
  async function replicas(): Promise<readonly (Caller & Located)[]> {
    const pods = await located(['pods', '-n=pillion', '-l=app.kubernetes.io/component=server'])
    return pods.map(pod => ({ ...pod, namespace: 'pillion', pod: pod.name }))
  }

  /** Where Pillion listens, and addresses with which it has nothing to do. */
  async function addresses() {
    const service = await cluster.kubectl([
      '-n=pillion',
      'get',
      'service',
      'pillion',
      '-o=jsonpath={.spec.clusterIP}',
    ])
    const ips = (await replicas()).map(({ ip }) => ip)
    const others = await located(['pods', '-n=elsewhere'])
    return {
      inside: [...ips.flatMap(ip => [`${ip}:8443`, `${ip}:9090`]), `${service}:443`],
      // The Pods of others, kubelets, and etcd beside the API server.
      outside: [
        ...others.map(({ ip }) => `${ip}:8080`),
        ...nodes.map(({ ip }) => `${ip}:10250`),
        `${apiServer}:2379`,
      ],
    }
  }

  /** The value of a metric in each replica that has it, as Prometheus reads it. */
  async function metric(name: string): Promise<readonly number[]> {
    const line = new RegExp(`^${name} (\\S+)$`, 'm')
    const pages = (await replicas()).map(({ ip }) =>
      fetched(cluster.kubectl, prometheus, `http://${ip}:9090/metrics`),
    )
    return (await Promise.all(pages)).flatMap(page => {
      const [, value] = line.exec(page) ?? []
      return value === undefined ? [] : [Number(value)]
    })
  }

  async function located(what: readonly string[]): Promise<readonly Located[]> {
    const { items } = JSON.parse(await cluster.kubectl(['get', ...what, '-o=json'])) as {
      items: readonly Listed[]
    }
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, status }) => ({
        name: metadata.name,
        node: status.hostIP ?? '',
        ip: status.podIP ?? status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
      }))
  }
})

/** A node or a Pod. */
interface Located {
  readonly name: string
  readonly ip: string
  /** The address of the node of a Pod. */
  readonly node: string
}

interface Listed {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: {
    readonly podIP?: string
    readonly hostIP?: string
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

/**
 * The configuration of a cluster whose replicas all run on another node than the API server. A policy never keeps a node from
 * its own Pods, so on one node the API server would always reach them.
 */
async function twoNodes(directory: string): Promise<string> {
  const { KIND_CONFIG_3 = join(root, 'test/e2e/three-nodes.yaml') } = process.env
  const { nodes, ...rest } = parse(await readFile(KIND_CONFIG_3, 'utf8')) as { nodes: readonly object[] }
  const file = join(directory, 'kind.yaml')
  await writeFile(file, stringify({ ...rest, nodes: nodes.slice(0, 2) }))
  return file
}

/** With another version it differs in an annotation, which a Pod can get while it runs. */
function sideProfile(version: string): string {
  const profile = JSON.parse(sidecarProfile('side')) as { spec: object }
  const pod = { annotations: { 'example.org/version': version } }
  return JSON.stringify({ ...profile, spec: { ...profile.spec, pod, rollout: { update: 'InPlace' } } })
}

const allowNothing = JSON.stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'allow-nothing' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
})
