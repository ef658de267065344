import { setTimeout } from 'node:timers/promises'
import { stringify } from 'yaml'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { customResourceDefinition } from '../../profile/schema/crd.ts'
import { kinds } from '../../profile/schema/schema.ts'
import { isEstablished } from '../checks/custom-resources.ts'
import { type LiveCluster, liveCluster } from '../cluster/live-cluster.ts'
import type { ClusterFlags } from '../cluster/options.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'

interface CrdsFlags extends ClusterFlags {
  readonly apply?: true
  readonly delete?: true
}

/** Prints the CRDs, applies them, or deletes them; 1 when the API server denies it. */
export async function run(flags: CrdsFlags, io: Io): Promise<ExitCode> {
  const definitions = kinds.map(kind => customResourceDefinition(kind))
  const change = flags.apply ? apply : flags.delete ? remove : undefined
  if (!change) {
    io.out(definitions.map(each => stringify(each, { aliasDuplicateObjects: false })).join('---\n'))
    return 0
  }
  const cluster = await liveCluster(flags)
  for (const definition of definitions) {
    const name = String(metadataOf(definition)['name'])
    io.err(`${name}: ${await change(cluster, name, definition)}\n`)
  }
  return 0
}

/**
 * Applies on the server side, with force: a chart or a person may own the present fields.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
async function apply({ send }: LiveCluster, name: string, definition: JsonObject): Promise<string> {
  const answer = await send('PATCH', `${path}/${name}`, {
    query: { fieldManager: 'pillion', force: true, fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: definition,
  })
  if (!answer.ok) throw new Failure(1, `${name} is not applied: ${answer.status}: ${answer.message}`)
  for (let left = establishTries; left > 0; left--) {
    const stored = await send('GET', `${path}/${name}`)
    if (stored.ok && isEstablished(stored.body)) return 'applied'
    await setTimeout(establishPauseMs)
  }
  throw new Failure(1, `${name}: applied, but not established: kubectl describe crd ${name}`)
}

async function remove({ send }: LiveCluster, name: string): Promise<string> {
  const answer = await send('DELETE', `${path}/${name}`)
  if (answer.ok) return 'deleted'
  if (answer.status === 404) return 'was not there'
  throw new Failure(1, `${name} is not deleted: ${answer.status}: ${answer.message}`)
}

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const establishTries = 100
const establishPauseMs = 200
