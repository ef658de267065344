import { defaultAccess } from './api/access.ts'
import { apiAt } from './api/api.ts'
import type { ObjectProblem } from './api/object-problem.ts'
import { type ReconcileCertificateOptions, reconcileCertificate } from './certificate/self-managed.ts'
import { type LeadOptions, lead } from './leader.ts'
import { followNamespaces, type Namespaces } from './namespaces.ts'
import { reportStatuses, type StatusOptions } from './profile/profile-status.ts'
import { type ClusterProfiles, type FollowProfilesOptions, followProfiles } from './profile/profiles.ts'
import { type SweepRegularlyOptions, sweepRegularly } from './sweep/sweep-loop.ts'
import { clusterVersion } from './version.ts'

/** Ends whatever goes on, and hears of what the API server has against it. */
interface Asking {
  readonly failed: (reason: string) => void
  readonly troubled: (problem: ObjectProblem) => void
  readonly signal: AbortSignal
}

export type ClusterConnection = ReturnType<typeof connect>

/** The cluster that a server works in, as its Pod's service account sees it. Asks nothing yet. */
export function connect(asking: Asking) {
  const api = apiAt(defaultAccess())
  let namespaces: Namespaces | undefined
  let profiles: ClusterProfiles | undefined
  return {
    version: (heard: Pick<Asking, 'failed'>) => clusterVersion(api, { ...asking, ...heard }),
    followNamespaces() {
      namespaces = followNamespaces(api, { ...asking, changed: () => profiles?.lookAgain() })
      return namespaces
    },
    followProfiles(following: Pick<FollowProfilesOptions, 'changed' | 'perNamespace'>) {
      const labelsOf = (name: string) => (namespaces?.isComplete() ? namespaces.find(name).labels : undefined)
      profiles = followProfiles(api, { ...asking, ...following, labelsOf })
      return profiles
    },
    reconcileCertificate: (options: Omit<ReconcileCertificateOptions, keyof Asking>) =>
      reconcileCertificate(api, { ...asking, ...options }),
    lead: (options: Omit<LeadOptions, keyof Asking>) => lead(api, { ...asking, ...options }),
    reportStatuses: (options: Omit<StatusOptions, keyof Asking>) =>
      reportStatuses(api, { ...asking, ...options }),
    sweepRegularly: (options: Omit<SweepRegularlyOptions, keyof Asking>) =>
      sweepRegularly(api, { ...asking, ...options }),
  }
}
