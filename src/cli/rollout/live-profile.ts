import type { ApiRequest } from '../../cluster/api/http.ts'
import type { ApiResponse, FailedResponse } from '../../cluster/api/response.ts'
import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { type RolloutStatus, rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import { apiVersion, type Kind } from '../../profile/schema/schema.ts'
import { type LiveCluster, liveCluster } from '../cluster/live-cluster.ts'
import type { ClusterFlags } from '../cluster/options.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { Failure, type Io } from '../io.ts'

export interface RolloutFlags extends ClusterFlags {
  readonly namespace?: string
}

/** One stored profile, for commands that look after its rollout. */
export interface LiveProfile {
  readonly cluster: LiveCluster
  readonly kind: Kind
  readonly name: string
  /** Of a SidecarProfile. */
  readonly namespace?: string
  readonly path: string
  /** As it was stored when the command began. */
  readonly object: JsonObject
  /** The clock of the API server then. */
  readonly date: Date
}

/**
 * The profile of this name that Pods get: the ClusterSidecarProfile, because it takes the name in every namespace, else the
 * SidecarProfile of the namespace. Ends the command when there is none, or when it cannot be read.
 */
export async function liveProfileNamed(name: string, flags: RolloutFlags, io: Io): Promise<LiveProfile> {
  const cluster = await liveCluster(flags)
  const namespace = flags.namespace ?? cluster.namespace
  const paths = {
    ClusterSidecarProfile: `${group}/clustersidecarprofiles/${encodeURIComponent(name)}`,
    SidecarProfile: `${group}/namespaces/${encodeURIComponent(namespace)}/sidecarprofiles/${encodeURIComponent(name)}`,
  } as const
  const [ofCluster, own] = await Promise.all([
    cluster.send('GET', paths.ClusterSidecarProfile),
    cluster.send('GET', paths.SidecarProfile),
  ])
  const found = (kind: Kind, answer: ApiResponse & { readonly ok: true }): LiveProfile => ({
    cluster,
    kind,
    name,
    ...(kind === 'SidecarProfile' && { namespace }),
    path: paths[kind],
    object: { ...answer.body, apiVersion, kind },
    date: answer.date ?? new Date(),
  })
  if (ofCluster.ok) {
    if (own.ok && flags.namespace !== undefined)
      io.err(
        `sidecarprofile/${name} in namespace ${namespace} is not in use, because clustersidecarprofile/${name} has its name\n`,
      )
    return found('ClusterSidecarProfile', ofCluster)
  }
  if (own.ok) return found('SidecarProfile', own)
  const [unread] = [
    ...unreadable(ofCluster, paths.ClusterSidecarProfile),
    ...unreadable(own, paths.SidecarProfile),
  ]
  if (unread !== undefined) throw new Failure(2, unread)
  throw new Failure(
    1,
    `there is no ClusterSidecarProfile ${name}, and no SidecarProfile ${name} in namespace ${namespace} (-n selects a namespace; pillion profiles lists the profiles of one)`,
  )
}

const group = `/apis/${apiVersion}`

function unreadable({ status, message }: FailedResponse, path: string): readonly string[] {
  if (status === 404) return []
  return [status === 403 ? lacking(permissionFor('get', path)) : `${path}: ${status}: ${message}`]
}

/** As kubectl names it: `clustersidecarprofile/logging`. */
export function placeOf({ kind, name }: Pick<LiveProfile, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`
}

/** The spec, its rollout, and what the leader wrote about it. */
export function rolloutOf(object: JsonObject): {
  readonly spec: JsonObject
  readonly rollout: Rollout | undefined
  readonly state: RolloutStatus | undefined
} {
  const spec = objectAt(object, 'spec')
  const { rollout } = spec
  return { spec, rollout: rollout as unknown as Rollout | undefined, state: rolloutStatusIn(object) }
}

/** The words of `pillion` for this profile, with the namespace that it needs: ` -n shop`. */
export function commandFor(
  verb: string,
  { name, namespace }: Pick<LiveProfile, 'name' | 'namespace'>,
): string {
  return `pillion rollout ${verb} ${name}${namespace === undefined ? '' : ` -n ${namespace}`}`
}

/** Writes the profile by a merge patch; ends the command with what did not happen when the API server refuses. */
export async function write(profile: LiveProfile, body: JsonObject, undone: string): Promise<void> {
  const answer = await patch(profile, body, {})
  if (!answer.ok) throw new Failure(1, `${undone}: ${refusalOf(profile, answer)}`)
}

/**
 * Writes another spec, but only over the spec that was read. Whatever the leader writes into the status meanwhile is in
 * nobody's way.
 */
export async function writeSpec(
  profile: LiveProfile,
  spec: JsonObject,
  { undone, isDryRun = false }: { readonly undone: string; readonly isDryRun?: boolean },
): Promise<void> {
  const { cluster, path, object } = profile
  const generation = generationOf(object)
  const operations = [
    { op: 'test', path: '/metadata/uid', value: metadataOf(object)['uid'] },
    { op: 'test', path: '/metadata/generation', value: generation },
    { op: 'replace', path: '/spec', value: spec },
  ]
  const answer = await patch(profile, operations, {
    contentType: 'application/json-patch+json',
    ...(isDryRun && { query: { dryRun: 'All' } }),
  })
  if (answer.ok) return
  // The API server does not say which operation it refused.
  const now = answer.status === 422 ? await cluster.send('GET', path) : undefined
  const isEdited =
    now?.ok &&
    (generationOf(now.body) !== generation || metadataOf(now.body)['uid'] !== metadataOf(object)['uid'])
  const why = isEdited
    ? `somebody changed ${placeOf(profile)} meanwhile; look at it, and try again`
    : refusalOf(profile, answer)
  throw new Failure(1, `${undone}: ${why}`)
}

function patch({ cluster, path }: LiveProfile, body: unknown, { query, ...call }: ApiRequest) {
  return cluster.send('PATCH', path, { ...call, query: { fieldManager: 'pillion-rollout', ...query }, body })
}

function refusalOf({ path }: LiveProfile, { status, message }: FailedResponse): string {
  return status === 403 ? lacking(permissionFor('patch', path)) : `${status}: ${message}`
}

/** The generation of the spec, which the API server counts. */
export function generationOf(object: JsonObject): number {
  return Number(metadataOf(object)['generation'] ?? 0)
}
