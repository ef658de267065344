import { onTestFinished } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import type { Step } from '../../src/cluster/rollout/flights.ts'
import { type RollOutOptions, rollOut } from '../../src/cluster/rollout/rollout-loop.ts'
import { cluster, injectInto, namespace, profileOf } from '../../src/engine/decide.fixture.ts'
import type { Namespace, Pod } from '../../src/engine/pod.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Acceptance, Verdict } from '../../src/profile/accept/acceptance.ts'
import { collect, type Profiles } from '../../src/profile/accept/profiles.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { advance } from '../../src/profile/rollout/advance.ts'
import type { Finding } from '../../src/profile/rollout/finding.ts'
import type { RolloutStatus } from '../../src/profile/rollout/rollout-status.ts'
import { rolloutJudge } from '../../src/server/rollout-judge.ts'
import type { ApiServer } from './apiserver.ts'
import { createPod } from './pods.ts'

/** The stored profiles of a cluster with their rollouts, as all its replicas see them: each leader writes into the same. */
export function storedRollouts(specs: Readonly<Record<string, JsonObject>>) {
  const entries = new Map<string, Entry>()
  for (const [name, spec] of Object.entries(specs)) {
    const profile = compiled(name, spec)
    const status: RolloutStatus = { phase: 'Completed', stable: profile.revision }
    entries.set(name, {
      name,
      spec,
      revisions: new Map([[profile.revision, profile]]),
      status,
      annotations: {},
    })
  }
  let current = acceptance()
  const phases: string[] = []

  function acceptance(): Acceptance {
    const all = [...entries.values()]
    const stable = all.map(entry => entry.revisions.get(entry.status.stable) as Profile)
    const entryOf = ({ name }: Profile) => entries.get(name) as Entry
    const profiles: Profiles = {
      ...collect(stable).profiles,
      canaryOf: profile => {
        const { status, revisions, spec } = entryOf(profile)
        const { onFailure } = (spec['rollout'] ?? {}) as { onFailure?: string }
        const isReverted = status.phase === 'Degraded' && onFailure !== 'Pause'
        const canary = isReverted || status.canary === undefined ? undefined : revisions.get(status.canary)
        return canary && { profile: canary, percent: status.percent ?? 100 }
      },
      revisionOf: (profile, revision) => entryOf(profile).revisions.get(revision),
      revisionsOf: profile => [...entryOf(profile).revisions.keys()],
    }
    const verdicts = all.map((entry, i): [string, Verdict] => {
      const { name, spec, status, annotations } = entry
      const metadata = { name, uid: `uid-of-${name}`, annotations }
      const object = { metadata, spec, status: { rollout: status } }
      const inUse = stable[i] as Profile
      return [
        name,
        { object, accepted: true, reason: 'Accepted', problems: [], profile: compiled(name, spec), inUse },
      ]
    })
    return { profiles, verdicts: new Map(verdicts) }
  }

  /** As the leader would write it: one transition, which every replica sees. */
  function write(entry: Entry, found?: Finding): void {
    const { name, spec, status, annotations } = entry
    const { revision, rollout } = compiled(name, spec)
    const { 'pillion.dev/promote': promote, 'pillion.dev/resumed-at': resumedAt } = annotations
    const marks = { ...(promote && { promote }), ...(resumedAt && { resumedAt }) }
    const next = advance({
      ...{ stored: status, rollout, accepted: revision, lastAccepted: revision, marks, found },
      ...{ updates: true, now: Date.now(), isKept: () => true },
    })
    if (!next || JSON.stringify(next) === JSON.stringify(status)) return
    if (next.phase !== status.phase) phases.push(`${name} ${next.phase}`)
    entry.status = next
    current = acceptance()
  }

  return {
    current: () => current,
    phases,
    statusOf: (name: string): RolloutStatus => (entries.get(name) as Entry).status,
    profileOf: (name: string, revision: string) =>
      (entries.get(name) as Entry).revisions.get(revision) as Profile,
    /** Somebody edits the spec; returns the new revision. */
    edit(name: string, change: JsonObject): string {
      const entry = entries.get(name) as Entry
      entry.spec = { ...entry.spec, ...change }
      const profile = compiled(name, entry.spec)
      entry.revisions.set(profile.revision, profile)
      write(entry)
      return profile.revision
    },
    annotate(name: string, annotations: Readonly<Record<string, string>>): void {
      const entry = entries.get(name) as Entry
      entry.annotations = { ...entry.annotations, ...annotations }
      write(entry)
    },
    found: ({ name }: { readonly name: string }, finding: Finding): void =>
      write(entries.get(name) as Entry, finding),
  }
}

interface Entry {
  readonly name: string
  spec: JsonObject
  readonly revisions: Map<string, Profile>
  status: RolloutStatus
  annotations: Readonly<Record<string, string>>
}

type StoredRollouts = ReturnType<typeof storedRollouts>

function compiled(name: string, spec: JsonObject): Profile {
  return profileOf({ kind: 'ClusterSidecarProfile', metadata: { name }, spec: spec as Json })
}

const namespaces: Readonly<Record<string, Namespace>> = {
  disabled: { ...namespace, name: 'disabled', labels: { 'pillion.dev/rollout': 'disabled' } },
}

/** A leader that updates Pods; stops with its test. */
export function startLeader(api: Api, stored: StoredRollouts, more: Partial<RollOutOptions> = {}) {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const steps: Step[] = []
  const failures: string[] = []
  let leads = true
  rollOut(api, {
    judge: rolloutJudge(stored, cluster),
    updates: true,
    namespaceOf: name => namespaces[name] ?? { ...namespace, name },
    excludedNamespaces: new Set(['excluded']),
    namespace: 'pillion',
    isLeader: () => leads && !stopping.signal.aborted,
    isReady: () => true,
    parallelPods: 10,
    podsPerMinute: 6_000,
    identity: 'replica-0',
    found: stored.found,
    counted() {},
    stepped: step => steps.push(step),
    resigned() {},
    failed: reason => failures.push(reason),
    signal: stopping.signal,
    tickMs: 20,
    surveyMs: 200,
    ...more,
  })
  return {
    steps,
    failures,
    /** Ends at once, in the middle of whatever it does. */
    kill() {
      leads = false
      stopping.abort()
    },
  }
}

/** Creates the Pods of a workload that Pillion has injected, on a node. */
export async function createInjected(
  server: ApiServer,
  profiles: Profiles,
  {
    in: name = 'shop',
    workload,
    pods,
    asks = 'agent',
    node = 'node-1',
    labels = {},
    from = 0,
    isAsking = true,
  }: InjectedWishes,
): Promise<void> {
  for (let i = from; i < from + pods; i++) {
    const hash = '6d4f7'
    const owner = { kind: 'ReplicaSet', name: `${workload}-${hash}` }
    const uid = `${Buffer.from(workload).toString('hex').padEnd(8, '0').slice(-8)}-0000-4000-8000-000000000000`
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${workload}-${hash}-${i}`,
        annotations: { 'pillion.dev/inject': asks },
        labels: { app: workload, 'pod-template-hash': hash, ...labels },
        ownerReferences: [{ apiVersion: 'apps/v1', controller: true, uid, ...owner }],
      },
      spec: { nodeName: node, containers: [{ name: 'app', image: 'example/app:1' }] },
    } as unknown as Pod
    const { metadata, ...injected } = injectInto(pod, profiles, { namespace: { ...namespace, name } })
    const { 'pillion.dev/inject': asking, ...annotations } = { ...metadata?.annotations }
    const kept = isAsking ? metadata : { ...metadata, annotations }
    await createPod(server, name, { ...injected, metadata: kept })
  }
}

interface InjectedWishes {
  readonly in?: string
  readonly workload: string
  readonly pods: number
  readonly asks?: string
  readonly node?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Number of the first Pod. */
  readonly from?: number
  /** Whether the Pods keep the annotation for which the API server calls Pillion. Default: true. */
  readonly isAsking?: boolean
}

/** A node that is ready, and takes Pods, with room for their requests. */
export async function createNode({ request }: ApiServer, name: string, cpu = '8'): Promise<void> {
  await request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  const room = { cpu, memory: '16Gi', pods: '110' }
  const status = { conditions: [{ type: 'Ready', status: 'True' }], capacity: room, allocatable: room }
  await request('PATCH', `/api/v1/nodes/${name}/status`, { status })
}
