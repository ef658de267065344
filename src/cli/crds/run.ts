import { setTimeout } from 'node:timers/promises'
import { stringify } from 'yaml'
import { type JsonObject, metadataOf, objectsIn } from '../../json/json.ts'
import { customResourceDefinition } from '../../profile/schema/crd.ts'
import { kinds } from '../../profile/schema/schema.ts'
import { inCluster } from '../cluster/in-cluster.ts'
import { type LiveCluster, Unreachable } from '../cluster/live-cluster.ts'
import { objectAt } from '../cluster/objects.ts'
import type { ExitCode, Io } from '../io.ts'

export interface CrdsFlags {
  readonly apply?: true
  readonly delete?: true
  readonly context?: string
}

/** Prints the CRDs, applies them, or deletes them; 1 when the API server denies it. */
export async function run(flags: CrdsFlags, io: Io): Promise<ExitCode> {
  const definitions = kinds.map(customResourceDefinition)
  const change = flags.apply ? apply : flags.delete ? remove : undefined
  if (!change) {
    io.out(definitions.map(each => stringify(each, { aliasDuplicateObjects: false })).join('---\n'))
    return 0
  }
  return inCluster(flags.context, io, async cluster => {
    for (const definition of definitions) {
      const { done, problem } = await change(cluster, definition)
      if (problem !== undefined) {
        io.err(`${problem}\n`)
        return 1
      }
      io.err(`${done}\n`)
    }
    return 0
  })
}

type Changed =
  | { readonly done: string; readonly problem?: never }
  | { readonly problem: string; readonly done?: never }

/**
 * Applies on the server side, with force: a chart or a person may own the present fields.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
async function apply({ api }: LiveCluster, definition: JsonObject): Promise<Changed> {
  const name = nameOf(definition)
  const answer = await api.request('PATCH', `${path}/${name}`, {
    query: { fieldManager: 'pillion', force: true, fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: definition,
  })
  if (!answer.ok) return refused(name, 'is not applied', answer)
  for (let left = establishTries; left > 0; left--) {
    if (await isEstablished(api, name)) return { done: `${name}: applied` }
    await setTimeout(establishPauseMs)
  }
  return { problem: `${name}: applied, but not established: kubectl describe crd ${name}` }
}

async function remove({ api }: LiveCluster, definition: JsonObject): Promise<Changed> {
  const name = nameOf(definition)
  const answer = await api.request('DELETE', `${path}/${name}`)
  if (answer.status === 404) return { done: `${name}: was not there` }
  return answer.ok ? { done: `${name}: deleted` } : refused(name, 'is not deleted', answer)
}

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const establishTries = 100
const establishPauseMs = 200

async function isEstablished(api: LiveCluster['api'], name: string): Promise<boolean> {
  const answer = await api.request('GET', `${path}/${name}`)
  const conditions = answer.ok ? objectsIn(objectAt(answer.body, 'status')['conditions']) : []
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True')
}

function nameOf(definition: JsonObject): string {
  return String(metadataOf(definition)['name'])
}

function refused(
  name: string,
  what: string,
  { status, message }: { status: number; message: string },
): Changed {
  if (status === 0) throw new Unreachable(`no API server answers: ${message}`)
  return { problem: `${name} ${what}: ${status}: ${message}` }
}
