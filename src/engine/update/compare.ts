import { limits } from '../../limits/limits.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Cluster, InjectedNames, Subject } from '../decision.ts'
import { beyondLimits } from '../limits/pod-limits.ts'
import { asCreated } from '../original/as-created.ts'
import type { Container, Pod } from '../pod.ts'
import type { Refusal } from '../reason.ts'
import { knownRevision } from '../revise/revise.ts'
import { requestOf } from '../select/select.ts'
import { claimOf, type Status } from '../status/status.ts'
import { type Rendering, renderingOf } from './rendering.ts'

/** A Pod that runs, what its status names for the profile, and what two revisions of the profile give. */
export interface Compared {
  readonly pod: Pod
  readonly profile: string
  /** The revision that the Pod has. */
  readonly revision: string
  readonly claimed: InjectedNames
  readonly cluster: Cluster
  readonly from: Rendering
  readonly to: Rendering
  /** A Pod that is created with the new revision would be denied. */
  readonly isDenied: boolean
}

/** A container as both revisions give it, and as it stands in the Pod. */
export interface Containers {
  readonly before: Container
  readonly after: Container
  readonly standing: Container
}

/** The revision of a profile that a Pod has by its status, and the one that it is to have. */
interface Revisions {
  readonly status: Status
  readonly from: Profile
  readonly to: Profile
}

/** Renders both revisions for the author's Pod, or says why they cannot be compared. */
export function compare(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  { status, ...revisions }: Revisions,
  profiles: Profiles,
  cluster: Cluster,
): Compared | { readonly because: string; readonly isDenied: boolean } {
  const [tooMuch] = beyondLimits({ pod, namespace })
  if (tooMuch !== undefined) return { because: tooMuch, isDenied: true }
  const { name, revision } = revisions.from
  const subject: Subject = { pod: asCreated(pod), namespace, isLive: true, operation: 'CREATE' }
  const rendered = (profile: Profile) =>
    renderingOf(revisionsOn(subject, status, profile, profiles), subject, profiles, cluster, status)
  const [from, to] = [rendered(revisions.from), rendered(revisions.to)]
  const isDenied = to.refused.some(({ outcome }) => outcome === 'denied')
  const [refused] = [...newIn(to, from, name), ...newIn(from, to, name)]
  if (refused) return { because: refused.message, isDenied }
  return { pod, profile: name, revision, claimed: claimOf(name, status)!, cluster, from, to, isDenied }
}

/** All profiles that the status names, each in the revision that the Pod has, in the order in which the Pod asks for them. */
function revisionsOn(
  subject: Subject,
  { profiles: claims }: Status,
  revision: Profile,
  profiles: Profiles,
): readonly Profile[] {
  const asked = requestOf(subject)?.value.slice(0, limits.annotationLength).split(',') ?? []
  const names = new Set([...asked.map(name => name.trim()), ...Object.keys(claims).sort()])
  return [...names].flatMap(name => {
    const claimed = claimOf(name, { profiles: claims })
    if (!claimed) return []
    if (name === revision.name) return [revision]
    const current = profiles.find(name, subject.namespace.name)
    return current ? [knownRevision(current, claimed.revision, profiles) ?? current] : []
  })
}

/** What one rendering refuses and the other does not, and what it refuses of the profile itself. */
function newIn(one: Rendering, other: Rendering, name: string): readonly Refusal[] {
  const known = new Set(other.refused.map(({ message }) => message))
  return one.refused.filter(refusal => refusal.name === name || !known.has(refusal.message))
}
