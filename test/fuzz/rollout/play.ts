import { apply } from '../../../src/engine/decide.fixture.ts'
import { decide } from '../../../src/engine/decide.ts'
import type { Pod } from '../../../src/engine/pod.ts'
import { type JsonObject, metadataOf, objectAt } from '../../../src/json/json.ts'
import { revision } from '../../../src/profile/revision.ts'
import { rolloutStatusIn } from '../../../src/profile/rollout/rollout-status.ts'
import { randomOf } from '../random.ts'
import { forged } from './forgery.ts'
import { memoryApi, type Passage, timeText, type Write, withMetadata } from './memory-api.ts'
import { controllers, kubelets, livingOf, pathOf, type Workload } from './nodes.ts'
import { edited, imageIn, partsOf } from './profile-spec.ts'
import { cluster, namespaceOf, type Replica, replica } from './replica.ts'
import { agentIn, isReady, revisionIn, rules } from './rules.ts'
import type { Happening, Name, Story } from './story.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a story came to: which rules were broken, and where it came to rest. */
export interface Played {
  readonly violations: readonly string[]
  /** The same for every order of leaders. */
  readonly rest: string
}

/** No hold and no deadline of a story is longer. */
const quietMs = 300_000
const profilePath = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles/agent'

/**
 * Plays a story with all of Pillion that takes part in a rollout: two replicas with their informers, the report of statuses,
 * the loop that updates Pods, and the decisions about new Pods. Then a good revision is applied, and must reach every Pod.
 */
export async function play(
  story: Story,
  time: VirtualTime,
  trace: (line: string) => void = () => {},
): Promise<Played> {
  time.reset()
  const random = randomOf(story.seed)
  Math.random = random.next
  const violations = new Set<string>()
  const say = (what: string) =>
    void violations.add(`after ${Math.round(performance.now() / 1_000)} s: ${what}`)
  const specs = new Map<string, JsonObject>()
  const forgedPods = new Set<string>()
  const workloads: readonly Workload[] = story.workloads.map((pods, i) => ({
    namespace: i % 2 === 0 ? 'shop' : 'pay',
    name: `web-${i}`,
    pods,
    node: `node-${i % 2}`,
  }))
  const judged = rules({
    now: time.now,
    imageOf: revision => imageIn(specs.get(revision)),
    isInPlace: (from, to) =>
      partsOf(specs.get(from) ?? {}).variable === partsOf(specs.get(to) ?? {}).variable,
    podsOf: app => pods().filter(pod => app === undefined || appOf(pod) === app),
    say,
  })
  const api = memoryApi(time.now, write => {
    if (write.by !== undefined && metadataOf(write.after)['deletionTimestamp'] === undefined)
      lastWriteAt = time.now()
    trace(describeWrite(write))
    if (!forgedPods.has(String(metadataOf(write.after)['uid']))) judged.written(write)
  })
  let lastWriteAt = 0
  let leaders: readonly Name[] = ['a']
  const frozen = new Map<Name, { readonly upToMs: number; readonly until: number }>()
  let failing = { oneIn: 0, until: 0 }
  const replicas = new Map<Name, Replica>()

  function passage(name: Name): Passage {
    const { upToMs = 60, until = 0 } = frozen.get(name) ?? {}
    const mostMs = time.now() < until ? upToMs : 60
    const isFailing = time.now() < failing.until && random.between(1, failing.oneIn) === 1
    return {
      thereMs: random.between(1, mostMs),
      backMs: random.between(1, mostMs),
      fault: isFailing ? random.pick(['refused', 'answer lost', 'overloaded'] as const) : undefined,
    }
  }

  function startReplica(name: Name): void {
    const sending = (signal: AbortSignal) =>
      api.client({ name, passage: () => passage(name), sleep: time.sleep, signal })
    replicas.set(name, replica(sending, { name, leads: () => leaders.includes(name), say }))
  }

  /** What the API server stores of a new Pod: with failurePolicy Fail, nothing while no replica can answer. */
  function inject(pod: JsonObject, name: string): JsonObject | undefined {
    const ready = [...replicas.values()].flatMap(({ profiles }) => profiles() ?? [])
    if (ready.length === 0) return undefined
    const subject = { pod: pod as Pod, namespace: namespaceOf(name), operation: 'CREATE' } as const
    const { outcome, patch, message } = decide(subject, random.pick(ready), cluster)
    if (outcome === 'injected') return apply(pod as Pod, patch) as JsonObject
    say(`a new Pod is ${outcome}: ${message}`)
    return undefined
  }

  const spec = () => objectAt(api.get(profilePath) ?? {}, 'spec')
  const status = () => rolloutStatusIn(api.get(profilePath) ?? {})
  const pods = () => workloads.flatMap(workload => livingOf(api, workload))
  const look = [kubelets(api, time.now), controllers(api, workloads, inject)]
  let number = 0

  function write(next: JsonObject): void {
    specs.set(revision(next), next)
    api.update(profilePath, profile => {
      const generation = Number(metadataOf(profile)['generation']) + 1
      return { ...withMetadata(profile, { generation }), spec: next }
    })
  }

  const annotate = (key: string, text: string) =>
    api.update(profilePath, profile =>
      withMetadata(profile, {
        annotations: { ...objectAt(profile, 'metadata', 'annotations'), [key]: text },
      }),
    )

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await time.pass(Math.min(left, 1_000))
      for (const each of look) each()
    }
  }

  /** Whether it came to that within three hours. */
  async function until(is: () => boolean): Promise<boolean> {
    for (let i = 0; i < 2_160; i++) {
      if (is()) return true
      await pass(5_000)
    }
    return is()
  }

  function happen(one: Happening): void {
    switch (one.do) {
      case 'edit':
        number += 1
        write(edited(spec(), one.change, number))
        break
      case 'set': {
        const { rollout: _, ...rest } = spec()
        write({ ...rest, ...(one.rollout && { rollout: one.rollout }) })
        break
      }
      case 'undo': {
        const stable = specs.get(String(status()?.stable))
        const { rollout } = spec()
        if (stable) write({ ...stable, ...(rollout !== undefined && { rollout }) })
        break
      }
      case 'pause':
        write({ ...spec(), rollout: { ...objectAt(spec(), 'rollout'), paused: one.paused } })
        break
      case 'promote': {
        const { stable = '', canary = 'none' } = status() ?? {}
        const [old = ''] = specs.keys()
        const mark = one.mark.replace('canary', canary).replace('stable', stable).replace('old', old)
        annotate('pillion.dev/promote', mark)
        break
      }
      case 'resume':
        annotate('pillion.dev/resumed-at', one.text ?? timeText(time.now() + 1_000 * (one.inSeconds ?? 0)))
        break
      case 'lead':
        lead(one.replicas)
        break
      case 'kill':
        replicas.get(one.replica)?.stop()
        replicas.delete(one.replica)
        void time.sleep(one.forMs).then(() => replicas.has(one.replica) || startReplica(one.replica))
        break
      case 'freeze':
        frozen.set(one.replica, { upToMs: one.upToMs, until: time.now() + one.forMs })
        break
      case 'fail':
        failing = { oneIn: one.oneIn, until: time.now() + one.forMs }
        break
      case 'delete pod': {
        const all = pods()
        const pod = all[one.index % all.length]
        if (pod) end(pod)
        break
      }
      case 'forge': {
        const all = pods()
        const pod = all[one.index % all.length]
        if (!pod) break
        forgedPods.add(String(metadataOf(pod)['uid']))
        judged.forget(pod)
        api.update(pathOf(pod), stored => forged(stored, one.what, { now: time.now(), status: status() }))
      }
    }
  }

  const end = (pod: JsonObject) =>
    api.update(pathOf(pod), stored => withMetadata(stored, { deletionTimestamp: timeText(time.now()) }))

  function lead(next: readonly Name[]): void {
    leaders = next
    for (const { changed } of replicas.values()) changed()
  }

  /** From now on all is well. */
  async function calm(): Promise<void> {
    frozen.clear()
    failing = { oneIn: 0, until: 0 }
    lead(['b'])
    await pass(30_000)
    for (const name of ['a', 'b'] as const) if (!replicas.has(name)) startReplica(name)
  }

  for (const name of ['node-0', 'node-1'])
    api.create('/api/v1/nodes', {
      kind: 'Node',
      metadata: { name },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  const first = edited({ rollout: story.rollout }, { fate: 'ready' }, 0)
  specs.set(revision(first), first)
  api.create('/apis/pillion.dev/v1alpha1/clustersidecarprofiles', {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name: 'agent', generation: 1 },
    spec: first,
  })
  for (const name of ['a', 'b'] as const) startReplica(name)
  const isThere = () => status() !== undefined && pods().length > 0 && pods().every(isReady)
  if (!(await until(isThere))) say('the Pods do not start')

  for (const one of story.happenings) {
    await pass(one.afterMs)
    happen(one)
  }
  await pass(1_000)
  await calm()
  if (await until(() => time.now() - lastWriteAt > quietMs)) judged.atRest()
  const { phase, stable, canary, step, percent } = status() ?? {}
  const rest = JSON.stringify([
    { phase, stable, canary, step, percent },
    revisionsOf(workloads.map(each => livingOf(api, each))),
  ])

  for (const pod of pods()) if (forgedPods.has(String(metadataOf(pod)['uid']))) end(pod)
  const rollout = { update: 'Recreate', minReadySeconds: 0, progressDeadlineSeconds: 60 }
  const last = { ...edited(spec(), { fate: 'ready' }, 1_000), rollout }
  write(last)
  const due = revision(last)
  const isDone = () =>
    status()?.phase === 'Completed' &&
    status()?.stable === due &&
    pods().length === workloads.reduce((sum, each) => sum + each.pods, 0) &&
    pods().every(pod => revisionIn(pod) === due && agentIn(pod)?.['image'] === imageIn(last) && isReady(pod))
  if (!(await until(isDone)))
    say(
      `a good revision ${due} does not reach all Pods: ${JSON.stringify(status())}, ${JSON.stringify(pods().map(revisionIn))}`,
    )
  else {
    await pass(quietMs)
    if (time.now() - lastWriteAt < quietMs / 2) say('Pillion does not come to rest')
    const pulls = api.list('/api/v1/namespaces/pillion/pods').length
    if (pulls > 0) say(`${pulls} Pods that pulled an image are left`)
  }
  for (const { stop } of replicas.values()) stop()
  await time.pass(1)
  return { violations: [...violations], rest }
}

function describeWrite({ by = 'others', verb, resource, before, after }: Write): string {
  const { name } = metadataOf(after)
  const rollout = rolloutStatusIn(after)
  const said = rollout
    ? `${rollout.phase} ${rollout.stable} ${rollout.canary} ${rollout.step} ${rollout.percent} ${rollout.since} ${rollout.message}`
    : resource === 'pods'
      ? `${before && revisionIn(before)} -> ${revisionIn(after)} ${agentIn(after)?.['image']} ${isReady(after)} ${JSON.stringify(objectAt(after, 'metadata', 'annotations')['pillion.dev/status'] ?? '').slice(0, 0)}`
      : JSON.stringify(after['message'] ?? '')
  return `${(performance.now() / 1_000).toFixed(3)} ${by} ${verb} ${resource} ${String(name)}: ${said}`
}

function revisionsOf(all: readonly (readonly JsonObject[])[]) {
  return all.map(each => each.map(revisionIn).sort())
}

const appOf = (pod: JsonObject) => objectAt(pod, 'metadata', 'labels')['app']
