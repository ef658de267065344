import { stringify } from 'yaml'
import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { catalogDirectory } from '../../server/profile-directory.ts'
import { clusterIfAny, type LiveCluster, notesOf, present } from '../cluster/live-cluster.ts'
import { noCrds } from '../cluster/profiles.ts'
import { howToGoWithout, type ProfileFlags } from '../cluster/profiles-in-force.ts'
import { Failure, type Io } from '../io.ts'
import { catalogWord } from '../manifests/given-profiles.ts'
import { readTexts } from '../manifests/read.ts'

export interface PlaygroundFlags extends ProfileFlags {
  readonly namespace?: string
}

/** What the page loads as profiles.json. */
export interface ShippedProfiles {
  /** Where they come from, in words. */
  readonly from: string
  /** Flags by which `pillion inject` gets the same profiles. */
  readonly flags: readonly string[]
  readonly profiles: readonly { readonly file: string; readonly text: string }[]
}

/** The texts of the profiles that the flags name, else of those in the cluster, else of the built-in catalog. */
export async function shippedProfiles(flags: PlaygroundFlags, io: Io): Promise<ShippedProfiles> {
  if (flags.profiles) return fromFiles(flags.profiles, io)
  const cluster = await clusterIfAny(flags)
  if (!('none' in cluster)) return fromCluster(cluster, flags, io)
  if (flags.context !== undefined || flags.kubeconfig !== undefined)
    throw new Failure(2, `no cluster: ${cluster.none} (${howToGoWithout})`)
  return fromFiles([catalogWord], io)
}

async function fromFiles(names: readonly string[], io: Io): Promise<ShippedProfiles> {
  const read = await Promise.all(
    names.map(async name => {
      const isCatalog = name === catalogWord
      const texts = await readTexts([isCatalog ? catalogDirectory() : name], io)
      // The machine's paths do not matter to anybody who gets a link to the page.
      return texts.map(([file, text]) => ({
        file: isCatalog ? `catalog/${file.split(/[\\/]/).at(-1)}` : file,
        text,
      }))
    }),
  )
  const where = names.map(name => (name === catalogWord ? 'the built-in catalog' : name))
  return {
    from: where.join(' and '),
    flags: names.flatMap(name => ['--profiles', name]),
    profiles: read.flat(),
  }
}

/** One text for each profile, without what only the API server and controllers write. */
async function fromCluster(
  cluster: LiveCluster,
  { namespace = cluster.namespace, context }: PlaygroundFlags,
  io: Io,
): Promise<ShippedProfiles> {
  const group = `/apis/${apiVersion}`
  const seen = await Promise.all([
    cluster.list(`${group}/clustersidecarprofiles`),
    cluster.list(`${group}/namespaces/${encodeURIComponent(namespace)}/sidecarprofiles`),
  ])
  const notInstalled = seen.some(({ state }) => state === 'absent') ? [noCrds] : []
  const notes = [...notInstalled, ...new Set(seen.flatMap(notesOf))]
  if (seen.every(each => each.state !== 'there'))
    throw new Failure(2, `the profiles of ${cluster.where} are not readable:`, ...notes, howToGoWithout)
  for (const note of notes) io.err(`${note}\n`)
  return {
    from: cluster.where,
    flags: [...(context === undefined ? [] : ['--context', context]), '--namespace', namespace],
    profiles: seen.flatMap(each => (present(each) ?? []).map(textOf)),
  }
}

/** The profile as a file, which the page reads again. */
export function textOf(object: JsonObject) {
  const { name, namespace, labels, annotations } = metadataOf(object)
  const { apiVersion: version, kind, spec } = object
  // It is the whole object once more, which kubectl writes.
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...own } = isObject(annotations)
    ? annotations
    : {}
  const metadata = { name, namespace, labels, ...(Object.keys(own).length > 0 && { annotations: own }) }
  const file = [kind, namespace, name].filter(part => part !== undefined).join('/')
  return {
    file: `${file}.yaml`,
    text: stringify(
      { apiVersion: version, kind, metadata, spec },
      // YAML 1.1, as the page reads it: a text such as "on" gets quotes.
      { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' },
    ),
  }
}
