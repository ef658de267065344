import type { Profiles } from '../profile/profiles.ts'
import type { Cluster, Decision, Subject } from './decision.ts'

/** One Pod in, one decision out. Pure: the same arguments give the same decision, to the byte. */
export function decide(_subject: Subject, _profiles: Profiles, _cluster: Cluster): Decision {
  throw new Error('being written')
}
