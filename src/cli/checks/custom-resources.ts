import { canonical, type Json, type JsonObject, objectsIn } from '../../json/json.ts'
import { customResourceDefinition } from '../../profile/schema/crd.ts'
import { apiVersion, type Kind, kinds } from '../../profile/schema/schema.ts'
import type { Seen } from '../cluster/live-cluster.ts'
import { objectAt } from '../cluster/objects.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('custom resources')

/** Whether the CRDs of profiles are installed, served, and of this version. */
export const customResources: Check = async ({ cluster }) => {
  const findings = await Promise.all(
    kinds.map(async kind => {
      const { name } = customResourceDefinition(kind)['metadata'] as { readonly name: string }
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
      return findingsFor(kind, name, await cluster.get(path))
    }),
  )
  const all = findings.flat()
  return all.length > 0
    ? all
    : [ok(`${kinds.join(' and ')} are served as ${apiVersion}, with the schema of this version`)]
}

function findingsFor(kind: Kind, name: string, seen: Seen<JsonObject>): readonly Finding[] {
  if (seen.state === 'unknown') return [unknown(seen.why)]
  if (seen.state === 'absent')
    return [broken(`the CRD of ${kind} is not installed: no profile can be stored`, apply)]
  const { status, spec } = seen.value
  const isEstablished = objectsIn(objectAt(status)['conditions']).some(
    condition => condition['type'] === 'Established' && condition['status'] === 'True',
  )
  if (!isEstablished) return [broken(`${name} is not established`, `kubectl describe crd ${name}`)]
  const [, version] = apiVersion.split('/')
  const found = versionsOf(spec).find(each => each['name'] === version)
  if (found?.['served'] !== true) return [broken(`${name} does not serve ${version}`, apply)]
  const own = versionsOf(customResourceDefinition(kind)['spec']).find(each => each['name'] === version)
  if (canonical(found['schema']) === canonical(own?.['schema'])) return []
  return [warning(`the schema of ${name} is that of another version of Pillion`, apply)]
}

const apply = 'kubectl apply --server-side -k deploy/crds'

function versionsOf(spec: Json | undefined): readonly JsonObject[] {
  return objectsIn(objectAt(spec)['versions'])
}
