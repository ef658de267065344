import { limits } from '../../limits/limits.ts'
import { type ProfileId, profileLabel, storedRevision } from '../../profile/accept/controller-revision.ts'
import type { Api } from '../api/api.ts'
import { type Informer, type InformerOptions, startInformer } from '../api/informer.ts'
import { keyOf } from '../api/mirror.ts'
import type { QuotaBytes } from './namespace-quotas.ts'
import { type HeldRevision, type RevisionStore, withoutText } from './revision-store.ts'
import { type Held, room } from './room.ts'

/** The API path of ControllerRevisions, in all namespaces. */
export const revisionsPath = '/apis/apps/v1/controllerrevisions'

/**
 * Watches the kept revisions of profiles, in all namespaces. A ControllerRevision that is not believed is left out: other
 * controllers keep theirs here, too, and copy the labels of Pods to them. If the SidecarProfiles of a namespace have too many
 * revisions, the oldest ones lose their spec, but none that a status names (`isNamed`).
 */
export function watchRevisions(
  api: Api,
  store: RevisionStore,
  { home, isNamed, changed, bytes = revisionBytes, ...options }: RevisionInformerOptions,
): Informer<Held<HeldRevision> | undefined> {
  const known = new Map<string, HeldRevision>()
  const namespaced = room<HeldRevision>({
    bytes,
    sizeOf: ({ text }) => text?.length ?? 0,
    dropsFirst: (a, b) => a.number < b.number,
    mustStay: ({ owner, revision }) => isNamed(owner, revision),
    without: withoutText,
  })

  /** Returns each profile whose revisions differ. */
  function take(key: string): readonly ProfileId[] {
    const [before, now] = [known.get(key), informer.get(key)?.object]
    // Another owner may have it now.
    if (before && before.owner !== now?.owner) store.remove(before)
    if (now) store.put(now)
    if (now) known.set(key, now)
    else known.delete(key)
    if (!now) namespaced.leave(key)
    return [before, now].flatMap(each => each?.owner ?? [])
  }

  const informer = startInformer<Held<HeldRevision> | undefined>(api, {
    ...options,
    kind: 'ControllerRevision',
    path: revisionsPath,
    labelSelector: profileLabel,
    keep(object) {
      const stored = storedRevision(object, home)
      if (!stored) return undefined
      const held = store.hold(stored)
      // Those of ClusterSidecarProfiles are few: admins write them, and the history has a limit.
      return stored.kind === 'SidecarProfile' ? namespaced.enter(keyOf(object) ?? '', held) : { object: held }
    },
    isPartial: held => held !== undefined && !held.object.text,
    changed(keys) {
      changed(new Set([...new Set([...keys, ...namespaced.takeStripped()])].flatMap(take)))
    },
  })
  return informer
}

const revisionBytes: QuotaBytes = {
  perNamespace: limits.namespaceRevisionBytes,
  ofAll: limits.allNamespacesRevisionBytes,
}

export interface RevisionInformerOptions
  extends Omit<InformerOptions<never>, 'path' | 'kind' | 'keep' | 'isPartial' | 'changed' | 'labelSelector'> {
  /** Pillion's own namespace, where the revisions of ClusterSidecarProfiles are; undefined if it is not known. */
  readonly home: string | undefined
  /** Whether the status of a profile names a revision. */
  readonly isNamed: (owner: ProfileId, revision: string) => boolean
  /** Called with the profiles whose revisions differ. */
  readonly changed: (owners: ReadonlySet<ProfileId>) => void
  /** Of compressed specs. Default: limits.ts. */
  readonly bytes?: QuotaBytes
}
