import { webhooksOf } from '../../engine/select/call-path.ts'
import { isObject, type JsonObject, objectsIn } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { objectAt } from '../cluster/objects.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('service')

/** Whether each Service that the webhooks call exists, has the port, and has ready replicas. */
export const service: Check = async installation => {
  const called = [installation.mutating, installation.validating].flatMap(seen =>
    webhooksOf(present(seen) ?? {}).flatMap(serviceOf),
  )
  const distinct = [...new Map(called.map(each => [JSON.stringify(each), each])).values()]
  if (distinct.length === 0 && installation.mutating.state === 'unknown')
    return [unknown(installation.mutating.why)]
  if (distinct.length === 0) return [ok('no webhook calls a Service')]
  return (await Promise.all(distinct.map(each => look(installation, each)))).flat()
}

interface Called {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

function serviceOf({ clientConfig }: JsonObject): readonly Called[] {
  const { service } = isObject(clientConfig) ? clientConfig : {}
  if (!isObject(service)) return []
  const { namespace, name, port } = service
  return [{ namespace: String(namespace), name: String(name), port: Number(port ?? 443) }]
}

async function look({ cluster }: LiveInstallation, called: Called): Promise<readonly Finding[]> {
  const { namespace, name, port } = called
  const place = `Service ${namespace}/${name}`
  const [seen, slices] = await Promise.all([
    cluster.get(`/api/v1/namespaces/${namespace}/services/${name}`),
    cluster.list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      labelSelector: `kubernetes.io/service-name=${name}`,
    }),
  ])
  if (seen.state === 'absent') return [broken(`there is no ${place}, which the webhooks call`, install)]
  if (seen.state === 'there' && !portsOf(seen.value).includes(port))
    return [
      broken(
        `${place} has no port ${port}, which the webhooks call: it has ${portsOf(seen.value).join(', ')}`,
        install,
      ),
    ]
  if (slices.state !== 'there')
    return [slices.state === 'unknown' ? unknown(slices.why) : unknown(`${place} has no EndpointSlices API`)]
  const ready = slices.value.flatMap(readyIn).length
  if (ready === 0)
    return [
      broken(
        `no replica is ready behind ${place}: every call fails`,
        `kubectl -n ${namespace} get pods; kubectl -n ${namespace} describe deployment ${name}`,
      ),
    ]
  if (ready === 1)
    return [
      warning(
        `only one replica is ready behind ${place}`,
        'with two or more, the webhook survives the loss of a node',
      ),
    ]
  return [ok(`${ready} replicas are ready behind ${place}`)]
}

const install = 'kubectl apply -k deploy/'

function portsOf({ spec }: JsonObject): readonly number[] {
  return objectsIn(objectAt(spec)['ports']).map(({ port }) => Number(port))
}

/** https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ready */
function readyIn({ endpoints }: JsonObject): readonly JsonObject[] {
  return objectsIn(endpoints).filter(
    ({ conditions }) => !isObject(conditions) || conditions['ready'] !== false,
  )
}
