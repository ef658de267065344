import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import type { Kubectl } from './kubectl.ts'
import { createRolloutCluster, images, type RolloutCluster } from './rollout-cluster.ts'
import { allReady, createWorkloads, workloads, workloadsWith } from './rollout-workloads.ts'
import { type PodState, podStates } from './watched-pods.ts'

/** In a cluster of three nodes, with Pillion as the chart installs it with `rollout.enabled`. */
describeWithHelm('a rollout of log-tail to 23 workloads', () => {
  let cluster: RolloutCluster
  let kubectl: Kubectl
  /** The nodes that a DaemonSet gets. */
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

  /** Changes the profile, as a person does, and gives the revision that the leader has accepted. */
  async function edit(rollout: object, image?: string): Promise<string> {
    const operations = [
      { op: 'add', path: '/spec/rollout', value: rollout },
      ...(image === undefined
        ? []
        : [{ op: 'replace', path: '/spec/parameters/image/default', value: image }]),
    ]
    await kubectl([
      'patch',
      'clustersidecarprofile',
      'log-tail',
      '--type=json',
      `--patch=${JSON.stringify(operations)}`,
    ])
    let revision = ''
    await until('the spec is accepted', 20_000, async () => {
      const { metadata, status } = await profile()
      revision = status.revision ?? ''
      const accepted = status.conditions?.find(({ type }) => type === 'Accepted')
      return accepted?.status === 'True' && accepted.observedGeneration === metadata.generation
    })
    const { status } = await profile()
    return status.rollout?.canary ?? revision
  }

  async function profile(): Promise<StoredProfile> {
    return JSON.parse(await kubectl(['get', 'clustersidecarprofile', 'log-tail', '-o=json'])) as StoredProfile
  }

  /** Runs a command that must succeed, and gives what it printed. */
  async function pillion(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await cluster.pillion(...args)
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.any(String) })
    return stdout
  }

  async function deleteAllPods(): Promise<ReadonlyMap<string, PodState>> {
    const before = new Set([...(await podStates(kubectl)).values()].map(({ uid }) => uid))
    await kubectl(['delete', 'pods', '--all', '--wait=false'])
    // Nobody else creates it again.
    await until(
      'the bare Pod is gone',
      60_000,
      async () => (await kubectl(['get', 'pods', '-l=app=bare', '-o=name'])) === '',
    )
    await createWorkloads(kubectl, nodes)
    const after = await allReady(kubectl, nodes)
    expect([...after.values()].filter(({ uid }) => before.has(uid))).toEqual([])
    return after
  }

  describe('by a canary', () => {
    let canary: string
    let at30: readonly string[]

    it('reaches the same 30 % of the workloads after all Pods were deleted twice and Pillion was restarted', async () => {
      canary = await edit({ update: 'OnCreate', canary: { percent: 30 } }, images.second)
      at30 = workloadsWith(await deleteAllPods(), canary)
      await cluster.kubectl(['-n=pillion', 'rollout', 'restart', 'deployment/pillion'])
      await cluster.kubectl(['-n=pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
      expect(workloadsWith(await deleteAllPods(), canary)).toEqual(at30)
      say(`30 %: ${at30.length} of ${workloads.length} workloads: ${at30.join(' ')}`)
    }, 300_000)

    it('only gets more workloads at 60 %', async () => {
      await edit({ update: 'OnCreate', canary: { percent: 60 } })
      await until('60 % have begun', 20_000, async () => (await profile()).status.rollout?.percent === 60)
      const at60 = workloadsWith(await deleteAllPods(), canary)
      say(`60 %: ${at60.length} of ${workloads.length} workloads`)
      expect(at60).toEqual(expect.arrayContaining([...at30]))
      expect(at60.length).toBeGreaterThan(at30.length)
    }, 300_000)

    it('has a history, and ends when it is promoted', async () => {
      const rows = (await pillion('rollout', 'history', 'log-tail')).trimEnd().split('\n')
      expect(rows[2]).toMatch(new RegExp(`^${canary} .* canary 60 % +parameters\\.image\\.default$`))
      await pillion('rollout', 'promote', 'log-tail')
      expect(await pillion('rollout', 'status', 'log-tail', '--timeout=60s')).toContain(
        'successfully rolled out',
      )
    })

    it('is undone, as a new generation with the rollout as it was', async () => {
      const before = await profile()
      expect(await pillion('rollout', 'undo', 'log-tail', '--dry-run=server')).toContain('(server dry run)')
      // The chart owns the profiles of the catalog.
      const { code, stderr } = await cluster.pillion('rollout', 'undo', 'log-tail')
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Helm') })
      expect((await profile()).metadata.generation).toBe(before.metadata.generation)
    })
  })
})

interface StoredProfile {
  readonly metadata: { readonly generation: number }
  readonly spec: { readonly rollout?: object }
  readonly status: {
    readonly revision?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason: string
      readonly message: string
      readonly observedGeneration: number
    }[]
    readonly rollout?: RolloutState
  }
}

interface RolloutState {
  readonly phase: string
  readonly stable: string
  readonly canary?: string
  readonly percent?: number
  readonly matched?: number
  readonly updated?: number
  readonly ready?: number
  readonly needsRecreate?: number
  readonly failed?: number
  readonly message?: string
}

function say(text: string): void {
  process.stderr.write(`rollout: ${text}\n`)
}
