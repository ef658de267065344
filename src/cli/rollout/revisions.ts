import { type JsonObject, metadataOf } from '../../json/json.ts'
import { profileId, profileLabel, storedRevision } from '../../profile/accept/controller-revision.ts'
import { type InstallationFlags, liveInstallation } from '../cluster/installation.ts'
import { controllerRevisionsIn } from '../cluster/kept-revisions.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { Failure } from '../io.ts'
import type { LiveProfile } from './live-profile.ts'

/** A kept revision of a profile. */
export interface KeptRevision {
  readonly revision: string
  /** It rises with each revision; an undo raises that of the old one. */
  readonly number: number
  /** When it got its number. */
  readonly at: Date
  readonly spec: JsonObject
}

/**
 * The kept revisions of a profile, the newest first. A ControllerRevision counts only if the profile owns it, and if its spec
 * has the revision that its name says: anybody who may write ControllerRevisions could have written it.
 */
export async function revisionsOf(
  profile: LiveProfile,
  flags: InstallationFlags,
): Promise<readonly KeptRevision[]> {
  const { cluster } = profile
  const home =
    profile.namespace === undefined ? (await liveInstallation(cluster, flags)).namespace : undefined
  const path = controllerRevisionsIn(profile.namespace ?? home ?? '')
  const answer = await cluster.list(path, { labelSelector: `${profileLabel}=${profile.name}` })
  if (answer.state === 'unknown') throw new Failure(2, answer.why)
  if (answer.state === 'absent') throw new Failure(2, lacking(permissionFor('list', path)))
  const { changedAt } = await import('../../cluster/sweep/managed-fields.ts')
  const kept = answer.value.flatMap((object): KeptRevision[] => {
    const stored = storedRevision(object, home)
    if (!stored || stored.owner !== profileId(profile.object)) return []
    const metadata = metadataOf(object)
    const at = changedAt(metadata, 'f:revision') ?? Date.parse(String(metadata['creationTimestamp']))
    const { revision, number, spec } = stored
    return [{ revision, number, at: new Date(at), spec }]
  })
  return kept.toSorted((a, b) => b.number - a.number)
}

/** The revision that a user names: its hash, or its number as kubectl counts. */
export function revisionNamed(
  kept: readonly KeptRevision[],
  wanted: string,
  { name }: Pick<LiveProfile, 'name'>,
): KeptRevision {
  const found =
    kept.find(({ revision }) => revision === wanted) ?? kept.find(({ number }) => `${number}` === wanted)
  if (found) return found
  const known = kept.map(({ revision, number }) => `${revision} (number ${number})`).join(', ')
  throw new Failure(
    1,
    `profile ${name} keeps no revision ${JSON.stringify(wanted)}; ${known === '' ? 'it keeps none' : `it keeps ${known}`}`,
  )
}
