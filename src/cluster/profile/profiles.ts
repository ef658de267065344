import { setImmediate as breath } from 'node:timers/promises'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Acceptance } from '../../profile/accept/acceptance.ts'
import { apiVersion, type Kind, kinds } from '../../profile/schema/schema.ts'
import type { Api } from '../api/api.ts'
import { type InformerOptions, startInformer } from '../api/informer.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem } from '../api/object-problem.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { crowd, type Held, isPartial, neededMetadata } from './crowd.ts'
import { type LabelsOf, storedProfiles } from './stored-profiles.ts'

/** The profiles of a cluster, compiled. */
export interface ClusterProfiles {
  current(): Acceptance
  /** Whether all of both kinds have been listed and compiled once. */
  isComplete(): boolean
  /** Why not, in a sentence; undefined when they are complete. */
  missing(): string | undefined
  /** As of `Informer`, the older of both kinds. */
  ageMs(): number
  /** Something of namespaces has changed: what their labels allow may be another level now. */
  lookAgain(): void
}

/** Where the API server has the profiles of a kind, those of all namespaces. */
export const profilePaths: Readonly<Record<Kind, string>> = {
  ClusterSidecarProfile: `/apis/${apiVersion}/clustersidecarprofiles`,
  SidecarProfile: `/apis/${apiVersion}/sidecarprofiles`,
}

/**
 * Follows the profiles of a cluster: a change compiles the profile that changed and no other. Compiles in slices, so
 * that reviews and probes are answered meanwhile. `changed` hears of what there is as soon as both kinds are listed and
 * compiled, and then after each change.
 */
export function followProfiles(api: Api, options: FollowProfilesOptions): ClusterProfiles {
  const {
    changed,
    perNamespace = limits.profilesPerNamespace,
    labelsOf,
    failed,
    signal,
    ...following
  } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const profiles = storedProfiles({ perNamespace, labelsOf, troubled })
  const namespaced = crowd(wholePerUsed * perNamespace)
  const wakeSignal = new WakeSignal()
  let isComplete = false
  let isTold = false
  const informers = kinds.map(kind => {
    const isNamespaced = kind === 'SidecarProfile'
    const objects = startInformer<Held>(api, {
      ...following,
      failed,
      signal,
      kind,
      path: profilePaths[kind],
      keep: object =>
        isNamespaced ? namespaced.enter(keyOf(object) ?? '', kept(object)) : { object: kept(object) },
      isPartial: ({ object }) => isPartial(object),
      changed(keys) {
        for (const key of new Set([...keys, ...(isNamespaced ? namespaced.takeStripped() : [])])) {
          const object = objects.get(key)?.object
          if (!object && isNamespaced) namespaced.leave(key)
          profiles.note(kind, key, object)
        }
        wakeSignal.wake()
      },
    })
    return { kind, objects }
  })
  const isListed = () => informers.every(({ objects }) => objects.isComplete())

  /** Compiles what there is to compile, until a slice is over. */
  function compileSlice(): boolean {
    const startedAt = performance.now()
    for (let at = startedAt; at - startedAt < sliceMs; ) {
      if (!profiles.takeOne(at)) return false
      const end = performance.now()
      // At the start all wait for all; later only a namespace with many changes waits.
      if (isComplete) profiles.restLast(end + (end - at) * restFactor)
      at = end
    }
    return true
  }

  /** Gives when it may be done again. What `changed` did not take it hears again. */
  function settle(now: number): number {
    if (profiles.settle()) isTold = false
    try {
      if (!isTold) changed(profiles.current())
      isTold = true
      isComplete = true
    } catch (error) {
      failed(`the profiles could not be used: ${error instanceof Error ? error.name : typeof error}`)
      return now + againMs
    }
    const end = performance.now()
    return end + (end - now) * restFactor
  }

  async function run(): Promise<void> {
    for (let settleAt = 0; !signal.aborted; ) {
      if (compileSlice()) {
        await breath()
        if (performance.now() < settleAt + mostDelayMs) continue
      }
      const now = performance.now()
      const isReady = isComplete || (isListed() && profiles.isEmpty())
      const isDue = isReady && (profiles.hasNews() || !isTold)
      if (isDue && now >= settleAt) {
        settleAt = settle(now)
        await breath()
        continue
      }
      const untilSettled = isDue ? settleAt - now : Number.POSITIVE_INFINITY
      await wakeSignal.wait(Math.min(profiles.waitMs(now), untilSettled), signal)
    }
  }

  void run()
  return {
    current: profiles.current,
    isComplete: () => isComplete,
    missing() {
      if (isComplete) return undefined
      const unlisted = informers.find(({ objects }) => !objects.isComplete())
      if (!unlisted) return 'the profiles are not compiled yet'
      const problem = unlisted.objects.problem()
      return `the ${unlisted.kind}s are not listed yet${problem === undefined ? '' : `: ${problem}`}`
    },
    ageMs: () => Math.max(...informers.map(({ objects }) => objects.ageMs())),
    lookAgain() {
      profiles.lookAgain()
      wakeSignal.wake()
    },
  }
}

export interface FollowProfilesOptions
  extends Pick<
    InformerOptions<JsonObject>,
    'failed' | 'troubled' | 'signal' | 'backoff' | 'watchMs' | 'relistMs'
  > {
  readonly changed: (acceptance: Acceptance) => void
  /** How many SidecarProfiles of a namespace are used; the youngest beyond that are not. */
  readonly perNamespace?: number
  /** Of a namespace; undefined until namespaces are known. */
  readonly labelsOf?: LabelsOf
}

// When some are deleted, the next ones are there at once; those beyond are with the next list of all.
const wholePerUsed = 2
// A review waits for no longer than that, and for the profile that is compiled.
const sliceMs = 20
// A namespace that changes its profiles all the time takes a tenth of the time, and so does judging them together.
const restFactor = 9
// However many wait, what was compiled is put to use.
const mostDelayMs = 500
const againMs = 1_000

/** Without what only its writers need: half of an object, often, and as much as they like. */
function kept(object: JsonObject): JsonObject {
  return { ...object, metadata: neededMetadata(object) }
}
