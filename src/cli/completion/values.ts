import { Argument, type Option } from 'commander'
import { metadataOf } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { clusterIfAny, type LiveCluster, present } from '../cluster/live-cluster.ts'
import { type ClusterFlags, isRepeatable } from '../cluster/options.ts'
import { profileSource } from '../cluster/profiles-in-force.ts'
import { workloadNamed, workloadTypes } from '../cluster/workload.ts'
import type { Io } from '../io.ts'
import reasons from '../reasons/reasons.gen.json' with { type: 'json' }
import type { Position } from './position.ts'

/**
 * The names that fit an option or an argument: profiles, parameters, namespaces, contexts, types and names of workloads,
 * reasons. Undefined for other values. Nothing is printed when a cluster does not answer: a user who presses Tab cannot
 * read it.
 */
export async function valuesFor(
  wanted: Option | Argument,
  position: Position,
  typed: string,
): Promise<readonly string[] | undefined> {
  const find = finders[keyOf(wanted, position)]
  return find && (await find(position, typed).catch(() => []))
}

type Find = (position: Position, typed: string) => Promise<readonly string[]>

function keyOf(wanted: Option | Argument, { command }: Position): string {
  if (!(wanted instanceof Argument)) return wanted.long ?? ''
  const { parent } = command
  return `${parent?.parent ? parent.name() : command.name()} ${wanted.name()}`
}

const finders: Readonly<Record<string, Find>> = {
  '--context': async ({ given }) => {
    const { contextsOf } = await import('../../cluster/api/kubeconfig.ts')
    return contextsOf(flagsIn(given))
  },
  '--namespace': async ({ given }) => {
    const cluster = await clusterIfAny(flagsIn(given))
    return 'none' in cluster ? [] : namesAt(cluster, '/api/v1/namespaces')
  },
  '--with': async (position, typed) => {
    const before = typed.slice(0, typed.lastIndexOf(',') + 1)
    return (await namesOfProfiles(position)).map(name => `${before}${name}`)
  },
  '--set': async position => {
    const [profiles, namespace] = await profilesAt(position)
    return profiles
      .allIn(namespace)
      .flatMap(({ name, parameters }) =>
        Object.entries(parameters).map(([key, { description = '' }]) => `${name}.${key}=\t${description}`),
      )
  },
  'profiles name': namesOfProfiles,
  'rollout profile': namesOfProfiles,
  '--revision': keptRevisions,
  '--to-revision': keptRevisions,
  'reasons name': async () => Object.keys(reasons),
  'explain type': async ({ given }, typed) => {
    if (!typed.includes('/')) return workloadTypes
    const [type = ''] = typed.split('/')
    return (await namesOfWorkloads(given, type)).map(name => `${type}/${name}`)
  },
  'explain name': async ({ given, words: [type = ''] }) => namesOfWorkloads(given, type),
}

async function namesOfProfiles(position: Position): Promise<readonly string[]> {
  const [profiles, namespace] = await profilesAt(position)
  return profiles.allIn(namespace).map(({ name, description = '' }) => `${name}\t${description}`)
}

async function keptRevisions({ given, words: [name = ''] }: Position): Promise<readonly string[]> {
  const flags = flagsIn(given)
  const { liveProfileNamed } = await import('../rollout/live-profile.ts')
  const { revisionsOf } = await import('../rollout/revisions.ts')
  const kept = await revisionsOf(await liveProfileNamed(name, flags, silent), flags)
  return kept.map(({ revision, number, at }) => `${revision}\tnumber ${number}, since ${at.toISOString()}`)
}

async function profilesAt({ given }: Position): Promise<readonly [Profiles, string]> {
  const flags = flagsIn(given)
  const source = await profileSource(flags, silent)
  const namespace = flags.namespace ?? source.cluster?.namespace ?? 'default'
  const { profiles } = await source.profilesIn([namespace])
  return [profiles, namespace]
}

async function namesOfWorkloads(given: Position['given'], type: string): Promise<readonly string[]> {
  const flags = flagsIn(given)
  const cluster = await clusterIfAny(flags)
  if ('none' in cluster) return []
  const path = workloadNamed([type, 'name']).path(flags.namespace ?? cluster.namespace)
  return namesAt(cluster, path.slice(0, path.lastIndexOf('/')))
}

async function namesAt(cluster: LiveCluster, path: string): Promise<readonly string[]> {
  return (present(await cluster.list(path)) ?? []).map(object => String(metadataOf(object)['name'])).sort()
}

/** The options so far, as the commands have them. Somebody who waits for a suggestion does not wait long. */
function flagsIn(given: Position['given']): Flags {
  const flags = Array.from(given, ([option, values]) => {
    return [option.attributeName(), isRepeatable(option) ? values : values.at(-1)] as const
  })
  return { ...Object.fromEntries(flags), requestTimeout: 2_000 }
}

interface Flags extends ClusterFlags {
  readonly namespace?: string
  readonly profiles?: readonly string[]
}

const silent: Io = { out() {}, err() {}, stdin: async () => '', isColoured: false }
