import fc from 'fast-check'
import type { Pod, Strings } from '../../src/engine/pod.ts'
import { isObject, type JsonObject, objectAt, objectsIn } from '../../src/json/json.ts'
import { askingFor, catalog } from '../catalog-asking.ts'
import { pods } from '../laws/arbitrary.ts'

const edges = fc.constantFrom(
  '',
  'a b',
  '/x',
  '0',
  'é',
  '$(HOSTNAME)',
  'a'.repeat(300),
  'sample',
  '/var/log/app',
)

/** Annotations that ask for up to three profiles of the catalog, and now and then set a parameter to something odd. */
const requests: fc.Arbitrary<Strings> = fc
  .tuple(
    fc.subarray([...catalog.all], { minLength: 1, maxLength: 3 }),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.nat(), edges) },
    ),
  )
  .map(([chosen, odd]) => {
    const asked = Object.assign({}, ...chosen.map(askingFor)) as Strings
    const names = { 'pillion.dev/inject': chosen.map(({ name }) => name).join(',') }
    if (!odd) return { ...asked, ...names }
    const [which, parameter, value] = odd
    const profile = chosen[which % chosen.length]!
    const all = Object.keys(profile.parameters)
    const set =
      all.length === 0 ? {} : { [`pillion.dev/${profile.name}.${all[parameter % all.length]}`]: value }
    return { ...asked, ...set, ...names }
  })

/** Random Pods that ask for profiles of the catalog, most of which an API server takes without Pillion. */
export const askingPods: fc.Arbitrary<Pod> = fc
  .tuple(pods, requests, fc.integer({ min: 0, max: 9 }))
  .map(([pod, annotations, mends]) => {
    const own = pod.metadata?.annotations ?? {}
    const others = Object.fromEntries(Object.entries(own).filter(([key]) => !key.startsWith('pillion.dev/')))
    const labels = pod.metadata?.labels ?? {}
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'random', labels, annotations: { ...others, ...annotations } },
      spec: mends > 0 ? mended(pod.spec as unknown as JsonObject) : pod.spec,
    } as unknown as Pod
  })

/** Without what makes nearly each random Pod one that the API server refuses: mounts of volumes that are not there. */
function mended(spec: JsonObject): JsonObject {
  const volumes = new Set(objectsIn(spec['volumes']).map(({ name }) => name))
  const containers = (list: string) =>
    objectsIn(spec[list]).map(each => ({
      ...each,
      ...(each['volumeMounts'] !== undefined && {
        volumeMounts: objectsIn(each['volumeMounts']).filter(({ name }) => volumes.has(name)),
      }),
    }))
  const init = containers('initContainers')
  // No such class is in the cluster.
  const { runtimeClassName: _, ...rest } = spec
  return {
    ...rest,
    containers: containers('containers'),
    ...(init.length > 0 && { initContainers: init.map(each => ({ ...each, ports: [] })) }),
  } as JsonObject
}

/** The reason in the API server's words, without the names in it. */
export function reasonOf(body: unknown): string {
  const message = isObject(body) ? String(body['message'] ?? '') : ''
  const causes = isObject(body) ? objectsIn(objectAt(body as JsonObject, 'details')['causes']) : []
  const [cause] = causes
  const field = String(cause?.['field'] ?? '').replaceAll(/\[\d+\]/g, '[]')
  return field === '' ? message.slice(0, 100) : `${field}: ${String(cause?.['reason'])}`
}
