import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import { seedOf } from '../seed.ts'
import { recordedCalls } from './audit.ts'
import { blocksOf } from './documented.ts'
import type { Kubectl } from './kubectl.ts'
import { startLoad } from './load.ts'
import { allows, describePermission, permissionsIn, type Role } from './permission.ts'
import { busyboxDeployment } from './pod.ts'
import { killPod, replicas } from './replicas.ts'
import { createRolloutCluster, images, type RolloutCluster } from './rollout-cluster.ts'
import { allReady, createWorkloads, podCount, workloads, workloadsWith } from './rollout-workloads.ts'
import { accepted, storedProfile } from './stored-profile.ts'
import { type PodState, podStates, watchPods } from './watched-pods.ts'

/** In a cluster of three nodes, with Pillion as the chart installs it with `rollout.enabled`. */
describeWithHelm('rollouts', () => {
  let cluster: RolloutCluster
  let kubectl: Kubectl
  /** The number of nodes that run Pods of a DaemonSet. */
  let nodes: number

  beforeAll(async () => {
    cluster = await createRolloutCluster(`pillion-e2e-rollout-${process.pid}`)
    kubectl = cluster.kubectl.in('apps')
    nodes = Math.max(1, cluster.nodes.length - 1)
    await edit({ update: 'OnCreate' }, images.first)
    await kubectl(['create', 'namespace', 'apps'])
    await createWorkloads(kubectl, nodes)
  }, 900_000)
  afterAll(() => cluster?.remove(), 120_000)

  const inPlace = { update: 'InPlace', minReadySeconds: 1, progressDeadlineSeconds: 60 }

  /** Changes log-tail as a person does, and gives the revision that is rolled out, or that is stable. */
  async function edit(rollout: object, image?: string): Promise<string> {
    const operations = [
      { op: 'add', path: '/spec/rollout', value: rollout },
      ...(image === undefined
        ? []
        : [{ op: 'replace', path: '/spec/parameters/image/default', value: image }]),
    ]
    const patch = ['--type=json', `--patch=${JSON.stringify(operations)}`]
    await kubectl(['patch', 'clustersidecarprofile', 'log-tail', ...patch])
    const { revision = '', rollout: state } = await accepted(kubectl, 'log-tail')
    return state?.canary ?? revision
  }

  /** Runs a command that must succeed, and gives what it printed. */
  async function pillion(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await cluster.pillion(...args)
    expect({ args, code, stdout, stderr }).toMatchObject({ code: 0 })
    return stdout
  }

  const completed = (name = 'log-tail') => pillion('rollout', 'status', name, '--timeout=300s')

  async function deleteAllPods(): Promise<ReadonlyMap<string, PodState>> {
    const before = new Set([...(await podStates(kubectl)).values()].map(({ uid }) => uid))
    await kubectl(['delete', 'pods', '--all', '--wait=false'])
    // Nobody else creates it again.
    await kubectl(['wait', '--for=delete', 'pod/bare', '--timeout=60s'])
    await createWorkloads(kubectl, nodes)
    const after = await allReady(kubectl, nodes)
    expect([...after.values()].filter(({ uid }) => before.has(uid))).toEqual([])
    return after
  }

  const generations = () =>
    kubectl(['get', 'deployments,statefulsets,daemonsets', '-o=jsonpath={.items[*].metadata.generation}'])

  describe('by a canary', () => {
    let canary: string
    let at30: readonly string[]

    it('reach the same 30 % of the workloads after all Pods were deleted twice and Pillion was restarted', async () => {
      canary = await edit({ update: 'OnCreate', canary: { percent: 30 } }, images.second)
      at30 = workloadsWith(await deleteAllPods(), canary)
      await cluster.kubectl(['-n=pillion', 'rollout', 'restart', 'deployment/pillion'])
      await cluster.kubectl(['-n=pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
      expect(workloadsWith(await deleteAllPods(), canary)).toEqual(at30)
      expect(at30.length).toBeGreaterThan(0)
      say(`30 %: ${at30.length} of ${workloads.length} workloads`)
    }, 300_000)

    it('only get more workloads at 60 %', async () => {
      await edit({ update: 'OnCreate', canary: { percent: 60 } })
      await until('it is 60 %', 20_000, async () => {
        const { status } = await storedProfile(kubectl, 'log-tail')
        return status?.rollout?.percent === 60
      })
      const at60 = workloadsWith(await deleteAllPods(), canary)
      expect(at60).toEqual(expect.arrayContaining([...at30]))
      expect(at60.length).toBeGreaterThan(at30.length)
      expect(at60.length).toBeLessThan(workloads.length)
      say(`60 %: ${at60.length} of ${workloads.length} workloads`)
    }, 300_000)

    it('have a history, and end when they are promoted', async () => {
      const rows = (await pillion('rollout', 'history', 'log-tail')).trimEnd().split('\n')
      const { status } = await storedProfile(kubectl, 'log-tail')
      const row = new RegExp(`^${canary} .* canary 60 % +parameters\\.image\\.default$`)
      expect(rows[2], JSON.stringify(status)).toMatch(row)
      await pillion('rollout', 'promote', 'log-tail')
      expect(await completed()).toContain('successfully rolled out')
    })

    it('are not undone in the cluster if Helm owns the profile', async () => {
      const before = await storedProfile(kubectl, 'log-tail')
      const { code, stdout, stderr } = await cluster.pillion('rollout', 'undo', 'log-tail')
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: expect.stringContaining(`+      default: ${images.first}`),
        stderr: expect.stringContaining('Helm (the release pillion/pillion) manages it'),
      })
      expect((await storedProfile(kubectl, 'log-tail')).metadata).toEqual(before.metadata)
    })
  })

  describe('in place', () => {
    it('change the sidecars of all Pods that run, and nothing else', async () => {
      const before = await allReady(kubectl, nodes)
      const were = await generations()
      const watched = await watchPods(cluster.kubeconfig, 'apps')
      onTestFinished(() => watched.stop())
      const startMs = performance.now()
      const revision = await edit(inPlace, images.third)
      expect(await completed()).toContain(`${before.size} of ${before.size} Pods updated`)
      const after = await podStates(kubectl)
      const tookMs = performance.now() - startMs
      for (const [name, was] of before) {
        const is = after.get(name)
        expect({ name, ...sameIn(is) }).toEqual({ name, ...sameIn(was) })
        expect({ name, revision: is?.revision, image: sidecar(is)?.image }).toEqual({
          name,
          revision,
          image: images.third,
        })
      }
      expect(watched.mostUnavailable()).toBe(1)
      expect(await generations()).toBe(were)
      const times = watched.changes.filter(({ image }) => image === images.third).map(({ atMs }) => atMs)
      const firsts = [
        ...Map.groupBy(
          watched.changes.filter(({ image }) => image === images.third),
          ({ name }) => name,
        ),
      ]
        .map(([, [first]]) => first!.atMs)
        .sort((a, b) => a - b)
      const pace = (firsts.length - 1) / ((firsts.at(-1)! - firsts[0]!) / 1_000)
      const down = [...after.values()].map(pod => sidecar(pod)?.downSeconds ?? 0)
      say(
        `${before.size} Pods in ${seconds(tookMs)} from the edit to the end, the first after ${seconds(times[0]! - startMs)}, then ${pace.toFixed(1)} Pods/s; ` +
          `at most ${watched.mostUnavailable()} Pod of a workload unavailable (${watched.changes.length} changes watched); ` +
          `a sidecar was down for ${(down.reduce((sum, each) => sum + each, 0) / down.length).toFixed(1)} s on average, ${Math.max(...down)} s at most`,
      )
    }, 400_000)

    it('stop nothing if no node can pull the image', async () => {
      const before = await podStates(kubectl)
      const startMs = performance.now()
      await edit({ ...inPlace, progressDeadlineSeconds: 20 }, images.missing)
      const { code, stdout } = await cluster.pillion('rollout', 'status', 'log-tail', '--timeout=180s')
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/ErrImagePull|ImagePullBackOff/),
      })
      expect(await podStates(kubectl)).toEqual(before)
      say(
        `an image that does not exist: failed after ${seconds(performance.now() - startMs)}, nothing was stopped`,
      )
    }, 300_000)

    it('touch one Pod if the new image crashes, and put it back', async () => {
      const before = await podStates(kubectl)
      const startMs = performance.now()
      // The kubelet says a second or two late that a container has crashed.
      await edit({ ...inPlace, minReadySeconds: 5 }, images.crash)
      const { code, stdout } = await cluster.pillion('rollout', 'status', 'log-tail', '--timeout=180s')
      const failedMs = performance.now() - startMs
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('1 failed') })
      expect(stdout).toContain('CrashLoopBackOff')
      await until(
        'the Pod is put back',
        60_000,
        async () => {
          const now = await podStates(kubectl)
          return [...before].every(([name, was]) => sidecar(now.get(name))?.image === sidecar(was)?.image)
        },
        500,
      )
      const putBackMs = performance.now() - startMs
      // The kubelet waits before it starts an image that it has started in this Pod before: 10 s, 20 s, 40 s, and so on.
      await until(
        'its sidecar runs again',
        180_000,
        async () => [...(await podStates(kubectl)).values()].every(({ isReady }) => isReady),
        500,
      )
      const backMs = performance.now() - startMs
      const after = await podStates(kubectl)
      const touched = [...after].filter(([name, pod]) => sidecar(pod)?.id !== sidecar(before.get(name))?.id)
      expect(touched.map(([name, pod]) => [name, sidecar(pod)?.image])).toEqual([
        [touched[0]?.[0], sidecar(before.get(touched[0]?.[0] ?? ''))?.image],
      ])
      for (const [name, was] of before) {
        expect({ name, ...sameIn(after.get(name)) }).toEqual({ name, ...sameIn(was) })
        expect(after.get(name)?.revision).toBe(was.revision)
        // The new image was started, once again after it crashed, and the earlier one instead of a third time.
        const restarts = (sidecar(after.get(name))?.restarts ?? 0) - (sidecar(was)?.restarts ?? 0)
        expect(restarts).toBeLessThanOrEqual(name === touched[0]?.[0] ? 3 : 0)
      }
      say(
        `an image that crashes: failed after ${seconds(failedMs)}, ${touched.length} Pod of ${before.size} touched, put back after ${seconds(putBackMs)}, and ready after ${seconds(backMs)}`,
      )
    }, 300_000)

    it('give new Pods the stable revision after a failure', async () => {
      const [{ revision = '' } = {}] = [...(await podStates(kubectl)).values()]
      await kubectl(['delete', 'pod', '-l=app=web-01', '--wait=false'])
      const pods = await allReady(kubectl, nodes)
      expect(workloadsWith(pods, revision)).toHaveLength(workloads.length)
      const { status } = await storedProfile(kubectl, 'log-tail')
      expect(status?.rollout).toMatchObject({ phase: 'Degraded', stable: revision })
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'True' }))
      await edit(inPlace, images.third)
      await completed()
    }, 120_000)
  })

  it('take the least disruptive way for each of five edits', async () => {
    const five = cluster.kubectl.in('five')
    await five(['create', 'namespace', 'five'])
    const base: FiveEdits = {
      update: 'InPlace',
      image: images.first,
      annotation: 'one',
      cpu: '50m',
      env: 'one',
    }
    const apply = async (spec: FiveEdits): Promise<void> => {
      await five(['apply', '-f=-'], { stdin: fiveProfile(spec) })
      await accepted(five, 'five')
    }
    await apply(base)
    await five(['apply', '-f=-'], { stdin: busyboxDeployment('app', { 'pillion.dev/inject': 'five' }) })
    const only = async (): Promise<PodState> => {
      let pods: readonly PodState[] = []
      await until('its Pod is ready', 60_000, async () => {
        pods = [...(await podStates(five)).values()]
        return pods.length === 1 && pods[0]?.isReady === true
      })
      return pods[0] as PodState
    }
    const edits = [
      { what: 'annotation', spec: { ...base, annotation: 'two' }, restarts: [], isSamePod: true },
      {
        what: 'image',
        spec: { ...base, annotation: 'two', image: images.second },
        restarts: ['five'],
        isSamePod: true,
      },
      {
        what: 'CPU',
        spec: { ...base, annotation: 'two', image: images.second, cpu: '60m' },
        restarts: [],
        isSamePod: true,
      },
      {
        what: 'env',
        spec: { ...base, annotation: 'two', image: images.second, cpu: '60m', env: 'two' },
        restarts: [],
        isSamePod: true,
        needsRecreate: 1,
      },
      {
        what: 'image and env, with update: Recreate',
        spec: { ...base, update: 'Recreate', cpu: '60m', image: images.third, env: 'three' },
        restarts: [],
        isSamePod: false,
      },
    ] as const
    for (const { what, spec, restarts, isSamePod, ...more } of edits) {
      const was = await only()
      await apply(spec)
      await completed('five')
      const is = await only()
      const restarted = Object.keys(is.containers).filter(
        name => is.containers[name]?.restarts !== was.containers[name]?.restarts,
      )
      const changedIds = Object.keys(is.containers).filter(
        name => is.containers[name]?.id !== was.containers[name]?.id,
      )
      const { status } = await storedProfile(five, 'five')
      expect({
        what,
        isSamePod: is.uid === was.uid,
        restarted: isSamePod ? restarted : [],
        changedIds: isSamePod ? changedIds : [],
        needsRecreate: status?.rollout?.needsRecreate ?? 0,
        cpu: is.containers['five']?.cpu,
        image: is.containers['five']?.image,
      }).toEqual({
        what,
        isSamePod,
        restarted: restarts,
        changedIds: restarts,
        needsRecreate: 'needsRecreate' in more ? more.needsRecreate : 0,
        cpu: spec.cpu,
        image: spec.image,
      })
      say(
        `five edits: ${what}: ${isSamePod ? `the same Pod, restarted: ${restarted.join() || 'nothing'}` : 'another Pod'}`,
      )
    }
  }, 300_000)

  it('end alike if the leader is killed ten times, under load', async () => {
    const seed = seedOf(process.env)
    const waits = fc.sample(fc.nat(2_000), { seed, numRuns: 10 })
    const pillionSystem = cluster.kubectl.in('pillion')
    await pillionSystem(['scale', 'deployment/pillion', '--replicas=3'])
    await pillionSystem(['rollout', 'status', 'deployment/pillion', '--timeout=120s'])
    const before = await allReady(kubectl, nodes)
    const watched = await watchPods(cluster.kubeconfig, 'apps')
    onTestFinished(() => watched.stop())
    const load = await startLoad(cluster.kubeconfig, 'default', 1)
    onTestFinished(async () => void (await load.stop()))
    const startMs = performance.now()
    const between = [images.second, images.third] as const
    let edits = 0
    const turn = () => edit(inPlace, between[edits++ % 2] as string)
    await turn()
    for (const waitMs of waits) {
      await new Promise(resolve => setTimeout(resolve, waitMs))
      if ((await storedProfile(kubectl, 'log-tail')).status?.rollout?.phase === 'Completed') await turn()
      await killLeader(cluster)
    }
    const killedMs = performance.now() - startMs
    await completed()
    const { created, missed } = await load.stop()
    const after = await podStates(kubectl)
    const image = between[(edits - 1) % 2]
    const { status } = await storedProfile(kubectl, 'log-tail')
    expect(status?.rollout).toMatchObject({
      phase: 'Completed',
      matched: podCount(nodes),
      updated: podCount(nodes),
      ready: podCount(nodes),
    })
    for (const [name, was] of before) {
      const is = after.get(name)
      expect({ name, ...sameIn(is) }).toEqual({ name, ...sameIn(was) })
      expect({ name, revision: is?.revision, image: sidecar(is)?.image }).toEqual({
        name,
        revision: status?.rollout?.stable,
        image,
      })
      // Once for each edit at most: nobody is updated twice, whoever led.
      expect((sidecar(is)?.restarts ?? 0) - (sidecar(was)?.restarts ?? 0)).toBeLessThanOrEqual(edits)
    }
    expect(watched.mostUnavailable()).toBe(1)
    say(
      `leader killed ${waits.length} times in ${seconds(killedMs)} (seed ${seed}), ${edits} edits, all Pods as they should be after ${seconds(performance.now() - startMs)}; ` +
        `${created} Pods admitted meanwhile, ${missed.length} missed`,
    )
    await pillionSystem(['scale', 'deployment/pillion', '--replicas=2'])
  }, 600_000)

  it('go as the tutorial tells it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-rollout-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const blocks = await blocksOf('docs/tutorials/roll-out-a-change.md')
    const manifest = blocks.find(({ language }) => language === 'yaml')?.text ?? ''
    await writeFile(join(directory, 'heartbeat.yaml'), manifest)
    const steps = blocks.filter(({ language }) => language === 'sh')
    expect(steps.length).toBe(6)
    const outputs: string[] = []
    const startMs = performance.now()
    for (const { text } of steps) {
      const script = text.replaceAll('npx pillion', `node ${join(root, 'dist/pillion.js')}`)
      const { code, stdout, stderr } = await cluster.attempt('sh', ['-ec', script], { directory })
      expect(code, `${text}\n${stdout}\n${stderr}`).toBe(0)
      outputs.push(stdout)
    }
    say(`the tutorial took ${seconds(performance.now() - startMs)}`)
    const [, plan, canary, promoted, bad, undone] = outputs
    expect(plan).toContain('8 Pods of 8 workloads: 8 images in place')
    expect(canary).toMatch(/step 1 of 2: 25 % of the workloads get revision/)
    expect(promoted).toContain('8 of 8 Pods updated, 8 ready')
    expect(bad).toContain('it failed, and exited with 1')
    expect(undone).toContain('+      image: busybox:1.37')
    expect(undone).toContain('successfully rolled out')
    const pods = [...(await podStates(cluster.kubectl.in('shop'))).values()]
    expect(pods.map(pod => pod.containers['heartbeat']?.image)).toEqual(pods.map(() => 'busybox:1.37'))
  }, 400_000)

  it('use all of their permissions, and need no other', async () => {
    const calls = await recordedCalls(cluster.name)
    const refused = calls.filter(
      ({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid',
    )
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([])
    const { items } = JSON.parse(
      await cluster.kubectl([
        '--namespace=pillion',
        'get',
        'roles,clusterroles',
        '-l=app.kubernetes.io/component=server',
        '-o=json',
      ]),
    ) as { items: readonly (Role & { readonly metadata: { readonly name: string } })[] }
    const permissions = permissionsIn(items.filter(({ metadata }) => metadata.name.includes('rollout')))
    expect(permissions.length).toBeGreaterThan(0)
    const unused = permissions.filter(permission => !calls.some(call => allows(permission, call)))
    expect(unused.map(describePermission)).toEqual([])
    say(`${calls.length} calls of the API server, ${permissions.length} permissions of rollouts, all used`)
  })
})

/** What a rollout must not change of a Pod. */
function sameIn(pod: PodState | undefined) {
  return { uid: pod?.uid, ip: pod?.ip, node: pod?.node, app: pod?.containers['app'] }
}

function sidecar(pod: PodState | undefined) {
  return pod?.containers['log-tail']
}

/** Kills the replica that leads, for good, and lets the next one lead at once: its Lease would last for 15 seconds. */
async function killLeader({ name, kubectl }: RolloutCluster): Promise<void> {
  const pillion = kubectl.in('pillion')
  const holder = () => pillion(['get', 'lease', 'pillion', '-o=jsonpath={.spec.holderIdentity}'])
  let leader = ''
  // The Lease may still have the name of a replica that is gone.
  await until('a replica leads', 30_000, async () => {
    leader = (await holder()).split('_')[0] ?? ''
    return (await replicas(kubectl)).includes(leader)
  })
  const node = await pillion(['get', 'pod', leader, '-o=jsonpath={.spec.nodeName}'])
  await killPod(name, leader, node)
  await pillion(['delete', 'pod', leader, '--force', '--grace-period=0', '--wait=false'])
  const free = { spec: { holderIdentity: '', leaseDurationSeconds: 1 } }
  await pillion(['patch', 'lease', 'pillion', '--type=merge', `--patch=${JSON.stringify(free)}`])
  await until(
    'another one leads',
    30_000,
    async () => ![leader, ''].includes((await holder()).split('_')[0] ?? ''),
  )
}

/** What the five edits change. */
interface FiveEdits {
  readonly update: string
  readonly image: string
  readonly annotation: string
  readonly cpu: string
  readonly env: string
}

function fiveProfile({ update, image, annotation, cpu, env }: FiveEdits): string {
  return JSON.stringify({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name: 'five' },
    spec: {
      rollout: { update, minReadySeconds: 1, progressDeadlineSeconds: 60 },
      pod: { annotations: { 'example.com/five': annotation } },
      containers: [
        {
          name: 'five',
          image,
          command: ['sleep', 'infinity'],
          env: [{ name: 'FIVE', value: env }],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu, memory: '16Mi' } },
        },
      ],
    },
  })
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function say(text: string): void {
  process.stderr.write(`rollout: ${text}\n`)
}
