import { join } from 'node:path'
import { annotation, type Strings } from '../../src/engine/pod.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { limits } from '../../src/limits/limits.ts'
import { collect, type Profiles } from '../../src/profile/accept/profiles.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { readProfile } from '../../src/profile/read.ts'
import { readProfiles } from '../../src/server/profile-directory.ts'
import { times } from './times.ts'

/** A Pod and profiles that are as bad for a review as they can be in one respect. */
export interface WorstCase {
  readonly of: string
  readonly body: unknown
  readonly profiles: Profiles
  readonly namespaceAnnotations?: Strings
}

export const { profiles: catalog } = await readProfiles(join(import.meta.dirname, '../../catalog'))

/** The body of a review of a Pod with these annotations; strings are flat, as those of a body are. */
export function bodyOf(annotations: Strings, spec: JsonObject, metadata: JsonObject = {}): unknown {
  const object = { metadata: { name: 'worst', annotations, ...metadata }, spec }
  const kind = { group: '', version: 'v1', kind: 'Pod' }
  const request = { uid: 'u', kind, operation: 'CREATE', namespace: 'shop', object }
  return JSON.parse(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }))
}

/** So many profiles of one spec, `p0` and on. */
export function profilesOf(count: number, specOf: (i: number) => JsonObject): Profiles {
  return collect(times(count, i => compiled(`p${i}`, specOf(i)))).profiles
}

/** An annotation that asks for so many of them. */
export function asking(count: number): Strings {
  return { [annotation.inject]: times(count, i => `p${i}`).join(',') }
}

export function containers(count: number, fields: (i: number) => JsonObject = () => ({})): JsonObject[] {
  return times(count, i => ({ name: `app-${i}`, image: 'example/app:1', ...fields(i) }))
}

export const most = {
  containers: limits.podContainers,
  items: limits.podItems,
  itemsEach: limits.podItems / limits.podContainers,
  profiles: limits.requestedProfiles,
}

function compiled(name: string, spec: JsonObject): Profile {
  const metadata = { name }
  const read = readProfile({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata,
    spec,
  })
  if ('problems' in read) throw new Error(`${name}: ${JSON.stringify(read.problems.slice(0, 3))}`)
  return read.profile
}
