import { profileLabel, storedRevision } from '../../profile/accept/controller-revision.ts'
import type { Api } from '../api/api.ts'
import { type Informer, type InformerOptions, startInformer } from '../api/informer.ts'
import type { HeldRevision, RevisionStore } from './revision-store.ts'

/** The API path of ControllerRevisions, in all namespaces. */
export const revisionsPath = '/apis/apps/v1/controllerrevisions'

/**
 * Watches the kept revisions of profiles, in all namespaces. A ControllerRevision that is not believed is left out: other controllers keep theirs here,
 * and copy labels of Pods to them. `changed` gets the uids of the profiles whose revisions differ.
 */
export function watchRevisions(
  api: Api,
  store: RevisionStore,
  { home, changed, ...options }: RevisionInformerOptions,
): Informer<HeldRevision | undefined> {
  const known = new Map<string, HeldRevision>()
  const informer = startInformer<HeldRevision | undefined>(api, {
    ...options,
    kind: 'ControllerRevision',
    path: revisionsPath,
    labelSelector: profileLabel,
    keep(object) {
      const stored = storedRevision(object, home)
      return stored && store.hold(stored)
    },
    changed(keys) {
      const owners = new Set<string>()
      for (const key of keys) {
        const [before, now] = [known.get(key), informer.get(key)]
        // Another owner may have it now.
        if (before && before.owner !== now?.owner) store.remove(before)
        if (now) store.put(now)
        if (now) known.set(key, now)
        else known.delete(key)
        for (const each of [before, now]) if (each) owners.add(each.owner)
      }
      changed(owners)
    },
  })
  return informer
}

export interface RevisionInformerOptions
  extends Omit<InformerOptions<never>, 'path' | 'kind' | 'keep' | 'isPartial' | 'changed' | 'labelSelector'> {
  /** Pillion's own namespace, where the revisions of ClusterSidecarProfiles are; undefined if it is not known. */
  readonly home: string | undefined
  readonly changed: (owners: ReadonlySet<string>) => void
}
