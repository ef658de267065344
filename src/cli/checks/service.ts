import { isObject, type JsonObject, objectAt, objectsIn } from '../../json/json.ts'
import { servicesIn } from '../cluster/installation.ts'
import { broken, check, read, unknown, warning } from './finding.ts'

/** Whether each Service that the webhooks call exists, has the port, and has ready replicas. */
export const service = check('service', async function* ({ cluster, mutating, validating, repair }) {
  const called = servicesIn(mutating, validating)
  const distinct = new Map(called.map(each => [JSON.stringify(each), each]))
  if (distinct.size === 0) read(mutating)
  const inOrder: string[] = []
  for (const { namespace, name, port } of distinct.values()) {
    const place = `Service ${namespace}/${name}`
    const [seen, slices] = await Promise.all([
      cluster.get(`/api/v1/namespaces/${namespace}/services/${name}`),
      cluster.list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
        labelSelector: `kubernetes.io/service-name=${name}`,
      }),
    ])
    const ports = seen.state === 'there' ? portsOf(seen.value) : [port]
    const ready = slices.state === 'there' ? slices.value.flatMap(readyIn).length : 0
    if (seen.state === 'absent') yield broken(`there is no ${place}, which the webhooks call`, repair)
    else if (!ports.includes(port))
      yield broken(
        `${place} has no port ${port}, which the webhooks call: it has ${ports.join(', ')}`,
        repair,
      )
    else if (slices.state !== 'there')
      yield unknown(slices.state === 'unknown' ? slices.why : `${place} has no EndpointSlices API`)
    else if (ready === 0)
      yield broken(
        `no replica is ready behind ${place}: every call fails`,
        `kubectl -n ${namespace} get pods; kubectl -n ${namespace} describe deployment ${name}`,
      )
    else if (ready === 1)
      yield warning(
        `only one replica is ready behind ${place}`,
        'with two or more, the webhook survives the loss of a node',
      )
    else inOrder.push(`${ready} replicas are ready behind ${place}`)
  }
  if (distinct.size === 0) {
    yield unknown('no webhook calls a Service: see "webhooks"')
    return undefined
  }
  return inOrder.join('; ')
})

function portsOf({ spec }: JsonObject): readonly number[] {
  return objectsIn(objectAt(spec)['ports']).map(({ port }) => Number(port))
}

/** https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ready */
function readyIn({ endpoints }: JsonObject): readonly JsonObject[] {
  return objectsIn(endpoints).filter(
    ({ conditions }) => !isObject(conditions) || conditions['ready'] !== false,
  )
}
