import { defaultAccess } from './api/access.ts'
import { type Api, apiAt } from './api/api.ts'
import type { InformerOptions } from './api/informer.ts'
import { reconcileCertificate } from './certificate/self-managed.ts'
import { timed } from './certificate/server-clock.ts'
import { lead } from './leader.ts'
import { type Namespaces, watchNamespaces } from './namespaces.ts'
import { reportStatuses, type StatusOptions } from './profile/profile-status.ts'
import { type ClusterProfiles, type WatchProfilesOptions, watchProfiles } from './profile/profiles.ts'
import { revisionStore } from './profile/revision-store.ts'
import { rollOut } from './rollout/rollout-loop.ts'
import { sweepRegularly } from './sweep/sweep-loop.ts'
import { clusterVersion } from './version.ts'

/** The options that every part of the connection gets. The signal ends all of them. */
type Shared = Required<Pick<InformerOptions<never>, 'failed' | 'troubled' | 'signal'>>

export type ClusterConnection = ReturnType<typeof connect>

/** The cluster of this Pod, with the permissions of its service account. Sends no request yet. */
export function connect(shared: Shared) {
  // Each candidate for leader asks for the Lease, so the clock is known before a replica leads.
  const { api, now } = timed(apiAt(defaultAccess()))
  let namespaces: Namespaces | undefined
  let profiles: ClusterProfiles | undefined

  function bound<Options extends Partial<Shared>, Result>(start: (api: Api, options: Options) => Result) {
    return (own: Omit<Options, keyof Shared>) => start(api, { ...shared, ...own } as unknown as Options)
  }

  return {
    version: (own: Pick<Shared, 'failed'>) => clusterVersion(api, { ...shared, ...own }),
    watchNamespaces() {
      namespaces = watchNamespaces(api, { ...shared, changed: () => profiles?.lookAgain() })
      return namespaces
    },
    watchProfiles(own: Pick<WatchProfilesOptions, 'changed' | 'perNamespace' | 'home'>) {
      const labelsOf = (name: string) => (namespaces?.isComplete() ? namespaces.find(name).labels : undefined)
      profiles = watchProfiles(api, { ...shared, ...own, labelsOf })
      return profiles
    },
    reconcileCertificate: bound(reconcileCertificate),
    lead: bound(lead),
    reportStatuses(own: Omit<StatusOptions, keyof Shared | 'revisions' | 'now'>) {
      const { revisions } = profiles ?? { revisions: revisionStore() }
      return reportStatuses(api, { ...shared, ...own, revisions, now })
    },
    sweepRegularly: bound(sweepRegularly),
    rollOut: bound(rollOut),
  }
}
