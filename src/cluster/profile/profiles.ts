import { setImmediate as breath } from 'node:timers/promises'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Acceptance } from '../../profile/accept/acceptance.ts'
import { apiVersion, type Kind, kinds } from '../../profile/schema/schema.ts'
import type { Api } from '../api/api.ts'
import { type Informer, type InformerOptions, startInformer } from '../api/informer.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem } from '../api/object-problem.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { crowd, isPartial, neededMetadata } from './crowd.ts'
import { watchRevisions } from './revision-informer.ts'
import { revisionStore } from './revision-store.ts'
import type { Held } from './room.ts'
import { type StoredProfilesOptions, storedProfiles } from './stored-profiles.ts'

export type ClusterProfiles = ReturnType<typeof watchProfiles>

/** The API path of the profiles of a kind, in all namespaces. */
export const profilePaths: Readonly<Record<Kind, string>> = {
  ClusterSidecarProfile: `/apis/${apiVersion}/clustersidecarprofiles`,
  SidecarProfile: `/apis/${apiVersion}/sidecarprofiles`,
}

/**
 * Watches the profiles of a cluster and compiles each that changes. Compiles in slices, so that reviews and probes are
 * answered meanwhile. Calls `changed` as soon as both kinds are listed and compiled, and then after each change.
 */
export function watchProfiles(api: Api, options: WatchProfilesOptions) {
  const { changed, perNamespace = limits.profilesPerNamespace, labelsOf, failed, signal } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const revisions = revisionStore()
  const profiles = storedProfiles({ perNamespace, labelsOf, keptOf: revisions.of, troubled })
  const namespaced = crowd(wholePerUsed * perNamespace)
  const wakeSignal = new WakeSignal()
  let isComplete = false
  let isTold = false
  const informers = kinds.map(kind => {
    const isNamespaced = kind === 'SidecarProfile'
    const objects = startInformer<Held<JsonObject>>(api, {
      ...options,
      kind,
      path: profilePaths[kind],
      keep: object =>
        isNamespaced ? namespaced.enter(keyOf(object) ?? '', kept(object)) : { object: kept(object) },
      isPartial: ({ object }) => isPartial(object),
      changed(keys) {
        for (const key of new Set([...keys, ...(isNamespaced ? namespaced.takeStripped() : [])])) {
          const object = objects.get(key)?.object
          if (!object && isNamespaced) namespaced.leave(key)
          const gone = profiles.note(kind, key, object)
          if (gone !== undefined) revisions.forget(gone)
        }
        listRevisions()
        wakeSignal.wake()
      },
    })
    return { kind, objects }
  })
  let ofRevisions: { readonly kind: string; readonly objects: Informer<unknown> } | undefined
  const unlisted = () => informers.find(({ objects }) => !objects.isComplete())
  const all = () => [...informers, ...(ofRevisions ? [ofRevisions] : [])]

  /** After the profiles, so that the list has all revisions that their statuses name. */
  function listRevisions(): void {
    if (ofRevisions || unlisted()) return
    const objects = watchRevisions(api, revisions, {
      ...options,
      isNamed: profiles.isNamed,
      changed(owners) {
        for (const owner of owners) profiles.noteRevisions(owner)
        wakeSignal.wake()
      },
    })
    ofRevisions = { kind: 'ControllerRevision', objects }
  }

  /** Compiles for the time of a slice. Returns whether profiles are left. */
  function compileSlice(): boolean {
    const startedAt = performance.now()
    for (let at = startedAt; at - startedAt < sliceMs; ) {
      if (!profiles.takeOne(at)) return false
      const end = performance.now()
      // At the start everything is needed; later only a namespace with many changes waits.
      if (isComplete) profiles.restLast(end + (end - at) * restFactor)
      at = end
    }
    return true
  }

  /** Returns the time of the next settling. If `changed` throws, it is called again. */
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
      const isReady = isComplete || (ofRevisions?.objects.isComplete() && profiles.isEmpty())
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
    /** The kept revisions of the profiles. */
    revisions,
    /** Whether both kinds were listed and compiled once. */
    isComplete: () => isComplete,
    /** Why the profiles are not complete; undefined when they are. */
    missing(): string | undefined {
      if (isComplete) return undefined
      const missing = all().find(({ objects }) => !objects.isComplete())
      if (!missing) return 'the profiles are not compiled yet'
      const problem = missing.objects.problem()
      return `the ${missing.kind}s are not listed yet${problem === undefined ? '' : `: ${problem}`}`
    },
    /** The age of the oldest informer. */
    ageMs: () => Math.max(...all().map(({ objects }) => objects.ageMs())),
    /** Must be called when the labels of a namespace change: they may allow another Pod Security level. */
    lookAgain(): void {
      profiles.lookAgain()
      wakeSignal.wake()
    },
  }
}

export interface WatchProfilesOptions
  extends Omit<InformerOptions<never>, 'path' | 'kind' | 'keep' | 'isPartial' | 'changed'>,
    Partial<Pick<StoredProfilesOptions, 'perNamespace' | 'labelsOf'>> {
  /** Pillion's own namespace; undefined if it is not known. */
  readonly home: string | undefined
  readonly changed: (acceptance: Acceptance) => void
}

// When some are deleted, the next ones have their spec already; the others get it with the next list.
const wholePerUsed = 2
// A review waits for a slice at most, and for the profile that is being compiled.
const sliceMs = 20
// A namespace with constant changes takes a tenth of the time at most, and so does settling.
const restFactor = 9
// Compiled profiles come into use after this time, even if others still wait.
const mostDelayMs = 500
const againMs = 1_000

/** Without the metadata that only its writers need: often half of the object, and of any size. */
function kept(object: JsonObject): JsonObject {
  return { ...object, metadata: neededMetadata(object) }
}
