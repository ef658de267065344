import { canonical, type Json, type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import { customResourceDefinition } from '../../profile/schema/crd.ts'
import { apiVersion, kinds } from '../../profile/schema/schema.ts'
import { broken, check, unknown, warning } from './finding.ts'

/** Whether the CRDs of profiles are installed, served, and of this version. */
export const customResources = check('custom resources', async function* ({ cluster }) {
  const [, version] = apiVersion.split('/')
  for (const kind of kinds) {
    const wanted = customResourceDefinition(kind)
    const name = metadataOf(wanted)['name']
    const seen = await cluster.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`)
    const found = seen.state === 'there' ? versionIn(seen.value['spec'], version) : undefined
    if (seen.state === 'unknown') yield unknown(seen.why)
    else if (seen.state === 'absent')
      yield broken(`the CRD of ${kind} is not installed: no profile can be stored`, apply)
    else if (!isEstablished(seen.value))
      yield broken(`${name} is not established`, `kubectl describe crd ${name}`)
    else if (found?.['served'] !== true) yield broken(`${name} does not serve ${version}`, apply)
    else if (canonical(found['schema']) !== canonical(versionIn(wanted['spec'], version)?.['schema']))
      yield warning(`the schema of ${name} is that of another version of Pillion`, apply)
  }
  return `${kinds.join(' and ')} are served as ${apiVersion}, with the schema of this version`
})

/** Whether the API server serves a CRD. */
export function isEstablished(definition: JsonObject): boolean {
  return objectsIn(objectAt(definition, 'status')['conditions']).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  )
}

/** Also for Helm: `helm upgrade` cannot install CRDs while profiles of the chart need them. */
const apply = 'pillion crds --apply'

function versionIn(spec: Json | undefined, version: string | undefined): JsonObject | undefined {
  return objectsIn(objectAt(spec)['versions']).find(each => each['name'] === version)
}
