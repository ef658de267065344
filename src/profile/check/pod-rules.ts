import { isObject, type Json, type JsonObject, member, objectsIn } from '../../json/json.ts'
import { listNames } from '../../problems/nearest.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import { isLabel, type ProfileSpec } from '../schema/schema.ts'
import { isImageReference } from './image.ts'
import { parseQuantity } from './quantity.ts'

/**
 * Values that the API server or the kubelet refuses in every Pod: the rules of core/v1 that its schema does not have. They
 * apply to what is written in the profile; the results of expressions are not known yet.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go
 */
export function podRuleProblems(spec: ProfileSpec): Problem[] {
  const { containers = [], initContainers = [], appContainers = [], volumes = [], pod = {} } = spec
  const all = Object.entries({ containers, initContainers }).flatMap(([list, items]) =>
    items.map((container, i) => [container as JsonObject, ['spec', list, i]] as const),
  )
  return [
    ...all.flatMap(([container, path]) => containerProblems(container, path)),
    ...appContainers.flatMap((change, i) => mountProblems(change, ['spec', 'appContainers', i])),
    ...volumes.flatMap((volume, i) => volumeProblems(volume, ['spec', 'volumes', i])),
    ...keyProblems(pod.labels, ['spec', 'pod', 'labels']),
    ...keyProblems(pod.annotations, ['spec', 'pod', 'annotations']),
  ]
}

function containerProblems(container: JsonObject, path: Path): Problem[] {
  return [
    ...imageProblems(container['image'], [...path, 'image']),
    ...resourceProblems(container['resources'], [...path, 'resources']),
    ...portProblems(container, path),
    ...mountProblems(container, path),
    ...handlers.flatMap(steps => handlerProblems(container, steps, path)),
  ]
}

function imageProblems(image: Json | undefined, path: Path): Problem[] {
  if (image === undefined || image === '')
    return [{ path, message: 'is missing: no container starts without an image' }]
  if (isImageReference(fixed(image) ?? 'a')) return []
  return [{ path, message: `${JSON.stringify(image)} is not an image, such as registry.example/name:1.2` }]
}

function resourceProblems(resources: Json | undefined, path: Path): Problem[] {
  const [requests, most] = [mapIn(resources, 'requests'), mapIn(resources, 'limits')]
  const problems = Object.entries({ requests, limits: most }).flatMap(([field, quantities]) =>
    Object.entries(quantities).flatMap(([name, value]) => quantityProblems(value, [...path, field, name])),
  )
  if (problems.length > 0) return problems
  return Object.entries(requests).flatMap(([name, value]) => {
    const [request, limit] = [value, most[name]].map(each => parseQuantity(fixed(each) ?? ''))
    if (request === undefined || limit === undefined || request <= limit) return []
    return [{ path: [...path, 'requests', name], message: `${value} is more than the limit, ${most[name]}` }]
  })
}

function quantityProblems(value: Json | undefined, path: Path): Problem[] {
  const text = fixed(value)
  if (text === undefined || parseQuantity(text) !== undefined) return []
  return [{ path, message: `${JSON.stringify(value)} is not a quantity such as 64Mi or 100m` }]
}

function portProblems(container: JsonObject, path: Path): Problem[] {
  return itemsIn(container, 'ports').flatMap(({ containerPort, hostPort, name }, i) => {
    const at = [...path, 'ports', i]
    const problems = numberProblems(containerPort, [...at, 'containerPort'])
    // 0 means none.
    if (hostPort !== 0) problems.push(...numberProblems(hostPort, [...at, 'hostPort']))
    if (!isPortName(fixed(name) ?? 'a')) {
      const message = `${JSON.stringify(name)} is not a port name: at most 15 lower-case letters, digits and "-", with a letter`
      problems.push({ path: [...at, 'name'], message })
    }
    return problems
  })
}

function numberProblems(port: Json | undefined, path: Path): Problem[] {
  const isFine = typeof port !== 'number' || (Number.isInteger(port) && port >= 1 && port <= 65_535)
  return isFine ? [] : [{ path, message: `${port} is not a port: 1 to 65535` }]
}

function isPortName(name: string): boolean {
  return name.length <= 15 && isLabel(name) && /[a-z]/.test(name)
}

function mountProblems(owner: object, path: Path): Problem[] {
  return itemsIn(owner, 'volumeMounts').flatMap(({ mountPath }, i) => {
    const text = fixed(mountPath)
    if (text === undefined || (text.startsWith('/') && !text.includes(':'))) return []
    const wrong = text.startsWith('/') ? 'has a ":"' : 'is relative'
    const message = `${JSON.stringify(text)} ${wrong}: a mount path starts with "/" and has no ":"`
    return [{ path: [...path, 'volumeMounts', i, 'mountPath'], message }]
  })
}

const handlers: readonly (readonly string[])[] = [
  ['startupProbe'],
  ['readinessProbe'],
  ['livenessProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
]

function handlerProblems(container: JsonObject, steps: readonly string[], path: Path): Problem[] {
  const handler = steps.reduce<Json | undefined>((at, step) => mapIn(at, step), container)
  return ['httpGet', 'tcpSocket'].flatMap(action => {
    const at = [...path, ...steps, action]
    const { port } = mapIn(handler, action)
    return port === undefined ? [] : targetProblems(port, container, [...at, 'port'])
  })
}

/** The port of a probe or handler: a number, or the name of a port of the container. */
function targetProblems(port: Json, container: JsonObject, path: Path): Problem[] {
  if (typeof port === 'number') return numberProblems(port, path)
  const name = fixed(port)
  const named = itemsIn(container, 'ports').map(each => each['name'] ?? '')
  const isKnown = named.some(each => each === name || fixed(each) === undefined)
  if (name === undefined || isKnown || typeof container['ports'] === 'string') return []
  const names = named.filter(each => each !== '').map(String)
  const there = names.length > 0 ? `; its ports are ${listNames(names)}` : '; none of its ports has a name'
  return [{ path, message: `${JSON.stringify(name)} is not a port of this container${there}` }]
}

function volumeProblems(volume: JsonObject, path: Path): Problem[] {
  const { name: _, adopt: __, when: ___, ...sources } = volume
  const kinds = Object.keys(sources)
  const size = quantityProblems(mapIn(volume, 'emptyDir')['sizeLimit'], [...path, 'emptyDir', 'sizeLimit'])
  if (kinds.length <= 1) return size
  return [...size, { path, message: `has the sources ${listNames(kinds)}: a volume has one` }]
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
function keyProblems(map: Json | undefined, path: Path): Problem[] {
  return Object.keys(isObject(map) ? map : {}).flatMap(key => {
    if (isQualifiedName(key)) return []
    const message =
      'is not a valid key: an optional DNS name and "/", then at most 63 letters, digits, "-", "_" and ".", the first and last of them letters or digits'
    return [{ path: [...path, key], message }]
  })
}

function isQualifiedName(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse()
  const isPrefix = prefix === undefined || (prefix.length <= 253 && prefix.split('.').every(isLabel))
  const isName = name.length <= 63 && /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)
  return more.length === 0 && isPrefix && isName
}

/** A scalar as text; undefined if it has an expression. */
function fixed(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && !value.includes('$(') ? value : undefined
}

function itemsIn(owner: object, list: string): readonly JsonObject[] {
  return objectsIn((owner as JsonObject)[list])
}

function mapIn(owner: Json | undefined, key: string): JsonObject {
  const value = member(owner, key)
  return isObject(value) ? value : {}
}
