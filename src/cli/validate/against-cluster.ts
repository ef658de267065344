import { isObject, type Json, type JsonObject, metadataOf } from '../../json/json.ts'
import { parseManifest } from '../../manifest/yaml/manifest.ts'
import type { Problem } from '../../problems/problem.ts'
import { excesses } from '../../profile/pod-security/level.ts'
import type { Profile } from '../../profile/profile.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { liveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import type { ClusterFlags } from '../cluster/options.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { conflictsOf } from './conflicts.ts'
import type { Finding, Severity } from './finding.ts'

/**
 * What the cluster would say of profiles that are valid by themselves: conflicts with its other profiles, what their
 * namespaces allow, and what the API server and its webhooks answer to a dry run of `kubectl apply`.
 */
export async function againstCluster(
  files: ReadonlyMap<Profile, string>,
  texts: readonly (readonly [file: string, text: string])[],
  flags: ClusterFlags,
): Promise<{ readonly findings: readonly Finding[]; readonly notes: readonly string[] }> {
  const cluster = await liveCluster(flags)
  const own = [...files.keys()]
  const namespaces = [...new Set(own.flatMap(({ namespace }) => namespace ?? []))]
  const [live, { find, notes }] = await Promise.all([
    liveProfiles(cluster, namespaces),
    liveNamespaces(cluster, namespaces),
  ])
  const finding = (severity: Severity, profile: Profile, problem: Problem): Finding => ({
    severity,
    ...problem,
    file: files.get(profile)!,
  })

  const identities = new Set(own.map(identity))
  const others = live.profiles.all.filter(profile => !identities.has(identity(profile)))
  const conflicts = conflictsOf([...others, ...own]).filter(([profile]) => files.has(profile))
  const tooMuch = own.flatMap(profile => {
    const { namespace } = profile
    const found = namespace === undefined ? [] : excesses(profile, find(namespace).labels)
    return found.map(problem => finding('error', profile, problem))
  })

  const objects = objectsIn(texts)

  async function dryRun(
    profile: Profile,
  ): Promise<{ findings: readonly Finding[]; notes: readonly string[] }> {
    const plural = profile.kind === 'SidecarProfile' ? 'sidecarprofiles' : 'clustersidecarprofiles'
    const { namespace } = profile
    const collection = `/apis/${apiVersion}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`
    const object = objects.get(identity(profile))
    if (!object) return { findings: [], notes: [] }
    const answer = await cluster.send('PATCH', `${collection}/${profile.name}`, {
      query: { dryRun: 'All', fieldManager: 'pillion-validate', force: true, fieldValidation: 'Strict' },
      contentType: 'application/apply-patch+yaml',
      body: appliable(object),
    })
    const said = (severity: Severity) => (message: string) =>
      finding(severity, profile, { path: [], message })
    if (answer.ok) return { findings: answer.warnings.map(said('warning')), notes: [] }
    const isForbidden = answer.status === 403 && !answer.message.includes('denied the request')
    if (!isForbidden) return { findings: [said('error')(answer.message)], notes: [] }
    const why = lacking(permissionFor('patch', collection))
    return { findings: [], notes: [`${profile.name} was not applied in a dry run: ${why}`] }
  }

  const tried = await Promise.all(own.map(dryRun))
  return {
    findings: [
      ...conflicts.map(([profile, problem]) => finding('error', profile, problem)),
      ...tooMuch,
      ...tried.flatMap(each => each.findings),
    ],
    notes: [...live.notes, ...notes, ...new Set(tried.flatMap(each => each.notes))],
  }
}

function identity({ kind, namespace = '', name }: Pick<Profile, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`
}

/** The objects in the texts that profiles were read from, by identity. */
function objectsIn(texts: readonly (readonly [string, string])[]): ReadonlyMap<string, JsonObject> {
  const objects = texts.flatMap(([file, text]) =>
    parseManifest(text, file).manifest.documents.flatMap(({ value }) => itemsOf(value)),
  )
  return new Map(
    objects.toReversed().map(object => {
      const { name, namespace } = metadataOf(object)
      return [identity({ kind: object['kind'], name, namespace } as Profile), object]
    }),
  )
}

function itemsOf(value: Json): readonly JsonObject[] {
  if (!isObject(value)) return []
  const { kind, items } = value
  return String(kind).endsWith('List') && Array.isArray(items) ? items.filter(isObject) : [value]
}

/** Without what only the API server writes, which an apply must not have. */
function appliable({ apiVersion, kind, metadata, spec }: JsonObject): JsonObject {
  const { name, namespace, labels, annotations } = isObject(metadata) ? metadata : {}
  return {
    apiVersion: apiVersion ?? null,
    kind: kind ?? null,
    metadata: {
      name: name ?? null,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    ...(spec && { spec }),
  }
}
