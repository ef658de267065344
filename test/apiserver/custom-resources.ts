import { isObject, type JsonObject } from '../../src/json/json.ts'
import { customResourceDefinition } from '../../src/profile/schema/crd.ts'
import { kinds } from '../../src/profile/schema/schema.ts'
import type { ApiServer } from './apiserver.ts'
import { until } from './until.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Creates the CustomResourceDefinitions of both kinds, and waits until the API server stores their objects. */
export async function installCustomResources({ request }: Pick<ApiServer, 'request'>): Promise<void> {
  for (const kind of kinds) {
    const definition = customResourceDefinition(kind)
    const path = `${definitions}?fieldValidation=Strict`
    const { status, body } = await request<JsonObject>('POST', path, definition)
    if (status !== 201) throw new Error(`the API server refused a definition: ${JSON.stringify(body)}`)
    const { name } = definition['metadata'] as { readonly name: string }
    await until(`${name} is established`, 20_000, async () => {
      const { body } = await request<JsonObject>('GET', `${definitions}/${name}`)
      return ['Established', 'NamesAccepted'].every(type => isTrue(body, type))
    })
  }
  await until('both are served', 20_000, async () => {
    const { status, body } = await request<{ resources: object[] }>('GET', '/apis/pillion.dev/v1alpha1')
    return status === 200 && body.resources.length === 4
  })
  // A moment later than it says so: `429: storage is (re)initializing`.
  for (const plural of ['clustersidecarprofiles', 'sidecarprofiles']) {
    const path = `/apis/pillion.dev/v1alpha1/${plural}`
    await until(`${plural} can be listed`, 20_000, async () => (await request('GET', path)).status === 200)
  }
}

function isTrue({ status }: JsonObject, type: string): boolean {
  const conditions = isObject(status) && Array.isArray(status['conditions']) ? status['conditions'] : []
  return conditions.filter(isObject).some(each => each['type'] === type && each['status'] === 'True')
}
