import { equal, isObject, type Json, type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { lastAcceptedIn } from '../../profile/accept/candidate.ts'
import type { Profile } from '../../profile/profile.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { type Api, describeFailure } from '../api/api.ts'
import { type Backoff, defaultBackoff, delayAfter } from '../api/backoff.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem, type ObjectProblem } from '../api/object-problem.ts'
import { slices } from '../api/slices.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { namespacePace } from './namespace-pace.ts'
import { conditionsOf, needsProof, type Proven } from './profile-conditions.ts'
import { type ProveOptions, prover } from './profile-proofs.ts'

/** Told of each change of the verdicts, and of having become the leader, on every replica. */
export interface StatusReporter {
  changed(): void
}

export interface StatusOptions extends ProveOptions {
  readonly verdicts: () => Iterable<Verdict>
  /** Only one replica writes. */
  readonly isLeader: () => boolean
  readonly failed: (reason: string) => void
  /** Hears of a profile that could not be reported on because of a bug; without it `failed` does. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  readonly backoff?: Backoff
}

/**
 * Keeps the status of each profile as the verdict on it says, until the signal comes: what serves, why or why
 * not, and what the API server said of a Pod with it. An accepted spec is shown to the API server once, before
 * its acceptance is written. A few at a time, in order; what is right already is left alone.
 */
export function reportStatuses(api: Api, options: StatusOptions): StatusReporter {
  const { verdicts, isLeader, failed, sample, signal, backoff = defaultBackoff } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const proofOf = prover(api, options)
  const wakeSignal = new WakeSignal()
  const specs = new WeakMap<Profile, Json>()
  const progress = new Map<string, Progress>()
  const pace = namespacePace({ atOnce: limits.statusWritesAtOnce, perMinute: limits.statusWritesPerMinute })
  const rest = slices(sliceMs)

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await wakeSignal.wait(pauseMs(progress.values()), signal)
      if (isLeader()) await reportAll([...verdicts()])
      else progress.clear()
    }
  }

  async function reportAll(all: readonly Verdict[]): Promise<void> {
    const problems: string[] = []
    const queue = all.values()
    const worker = async () => {
      for (const verdict of queue) {
        await rest()
        if (signal.aborted || !isLeader()) return
        const problem = await reportSafely(verdict)
        if (problem !== undefined) problems.push(problem)
      }
    }
    await Promise.all(Array.from({ length: requestsAtATime }, worker))
    const [first, ...others] = problems
    if (first !== undefined && !signal.aborted)
      failed(`${first}${others.length > 0 ? `; and so of ${others.length} more profiles` : ''}`)
    const there = new Set(all.map(({ object }) => uidOf(object)))
    for (const uid of progress.keys()) if (!there.has(uid)) progress.delete(uid)
  }

  /** A profile that brings out a bug must not end the reports on all others. */
  async function reportSafely(verdict: Verdict): Promise<string | undefined> {
    try {
      return await report(verdict)
    } catch (error) {
      const { object } = verdict
      const { namespace, resourceVersion } = metadataOf(object)
      progress.set(uidOf(object), { ...progressOn(object), doneWith: resourceVersion })
      const kind = namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile'
      troubled({ kind, key: keyOf(object) ?? '', error })
      return undefined
    }
  }

  /** Gives what went wrong. */
  async function report(verdict: Verdict): Promise<string | undefined> {
    const { object } = verdict
    const uid = uidOf(object)
    const so = progressOn(object)
    const { namespace, resourceVersion } = metadataOf(object)
    // The watch has not brought yet what came of that.
    if (so.doneWith === resourceVersion || so.notBefore > Date.now()) return undefined
    const isOpen = !so.proof && needsProof(verdict, sample !== undefined)
    if (!isOpen && equal(statusOf(verdict, so.proof, specs), object['status'])) {
      progress.delete(uid)
      return undefined
    }
    const waitMs = namespace === undefined ? 0 : pace.take(String(namespace), Date.now())
    if (waitMs > 0) {
      progress.set(uid, { ...so, notBefore: Date.now() + waitMs })
      return undefined
    }
    const proof = so.proof ?? (await proofOf(verdict, so.failures))
    if (proof?.outcome === 'later') return postpone(object, so, proof)

    const status = statusOf(verdict, proof, specs)
    if (equal(status, object['status'])) {
      progress.delete(uid)
      return undefined
    }
    const answer = await write(object, status)
    const known = { ...so, ...(proof && { proof }) }
    if (answer.ok) progress.set(uid, { ...fresh, generation: so.generation, doneWith: resourceVersion })
    else if (!isForGood(answer.status))
      return postpone(object, known, { message: describeFailure(answer), afterMs: answer.retryAfterMs })
    else progress.set(uid, { ...known, doneWith: resourceVersion })
    return answer.ok || isOvertaken(answer.status) ? undefined : problem(object, describeFailure(answer))
  }

  /**
   * The policy for Pillion's token takes a `lastAccepted` only when its spec is the stored one, or was in the status
   * before. One that was replaced before its acceptance was written cannot be kept: then the one before it stays.
   */
  async function write(object: JsonObject, status: JsonObject) {
    const { resourceVersion } = metadataOf(object)
    const path = pathOf(object)
    const answer = await api.request('PATCH', path, { ...replacing(resourceVersion, status), signal })
    const before = lastAcceptedIn(object)
    const isRefused = !answer.ok && answer.message.includes('ValidatingAdmissionPolicy')
    if (!isRefused || equal(status['lastAccepted'], before)) return answer
    const { lastAccepted: _, ...rest } = status
    const kept = { ...rest, ...(before && { lastAccepted: before }) }
    return api.request('PATCH', path, { ...replacing(resourceVersion, kept), signal })
  }

  function progressOn(object: JsonObject): Progress {
    const { generation } = metadataOf(object)
    const so = progress.get(uidOf(object))
    return so && so.generation === generation ? so : { ...fresh, generation }
  }

  function postpone(object: JsonObject, so: Progress, { message, afterMs }: Later): string {
    const failures = so.failures + 1
    const notBefore = Date.now() + delayAfter(failures, backoff, afterMs)
    progress.set(uidOf(object), { ...so, failures, notBefore })
    return problem(object, message)
  }

  void run()
  return {
    changed() {
      for (const { accepted, profile, object } of verdicts())
        if (accepted && profile && object['spec'] !== undefined) specs.set(profile, object['spec'])
      wakeSignal.wake()
    },
  }
}

/** How far one profile's report got. */
interface Progress {
  /** Of the spec that `proof` is about. */
  readonly generation: Json | undefined
  readonly proof?: Proven
  /** The version that needs nothing more: it was written, or cannot be. */
  readonly doneWith?: Json | undefined
  readonly failures: number
  readonly notBefore: number
}

interface Later {
  readonly message: string
  readonly afterMs?: number | undefined
}

const fresh = { failures: 0, notBefore: 0 } as const

const requestsAtATime = 4
// Reviews, which the leader answers as well, come in between.
const sliceMs = 20
// Nobody need tell what can be seen now and then: that this replica leads now.
const idleMs = 10_000

function pauseMs(all: Iterable<Progress>): number {
  const next = Math.min(...[...all].map(({ notBefore }) => notBefore || Number.POSITIVE_INFINITY))
  return Math.min(Math.max(next - Date.now(), 0), idleMs)
}

/**
 * The status as it should be. `lastAccepted` holds the spec that is accepted and, while a later one is not, the one that
 * serves on, from which a replica that starts takes it. It is there before it is needed: afterwards the policy for
 * Pillion's token would not take it, because only the spec that is stored is known to be one that its author wrote.
 */
export function statusOf(
  { object, profile, inUse, accepted, ...rest }: Verdict,
  proof: Proven | undefined,
  specs: WeakMap<Profile, Json>,
): JsonObject {
  const before = isObject(object['status']) ? object['status'] : {}
  const isRefused = proof?.outcome === 'refused'
  const isAccepted = accepted && !isRefused
  const spec = isAccepted ? object['spec'] : inUse && inUse !== profile ? specs.get(inUse) : undefined
  const known = lastAcceptedIn(object)
  const isKnown = !inUse || spec === undefined || known?.['revision'] === inUse.revision
  const names = Object.keys((inUse ?? profile)?.parameters ?? {}).join(', ')
  const status = {
    ...before,
    // What was refused just now goes out of use when the watch has brought this.
    revision: isRefused ? before['revision'] : inUse?.revision,
    parameters: names === '' ? undefined : names,
    lastAccepted: isKnown ? known : { revision: inUse.revision, spec },
    conditions: conditionsOf({ object, accepted, ...rest }, proof, new Date()),
  }
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined))
}

/** A merge patch would mix an old `lastAccepted` with the new one. A version that is not the stored one is a Conflict. */
function replacing(resourceVersion: Json | undefined, status: JsonObject) {
  return {
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'add', path: '/status', value: status },
    ],
  }
}

/** Changed or deleted meanwhile: the watch tells. */
function isOvertaken(status: number): boolean {
  return status === 404 || status === 409
}

/** The same again would have the same answer. */
function isForGood(status: number): boolean {
  return isOvertaken(status) || status === 400 || status === 413 || status === 422
}

function uidOf(object: JsonObject): string {
  return String(metadataOf(object)['uid'])
}

function problem(object: JsonObject, message: string): string {
  const { namespace, name } = metadataOf(object)
  const kind = namespace === undefined ? 'ClusterSidecarProfile ' : `SidecarProfile ${namespace}/`
  return `the status of ${kind}${name}: ${message}`
}

function pathOf(object: JsonObject): string {
  const { namespace, name } = metadataOf(object)
  const kind =
    namespace === undefined
      ? 'clustersidecarprofiles'
      : `namespaces/${encodeURIComponent(`${namespace}`)}/sidecarprofiles`
  return `/apis/${apiVersion}/${kind}/${encodeURIComponent(`${name}`)}/status`
}
