import { isObject, type Json } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { type Place, podRows } from '../profile/places.ts'

/**
 * Checks the types of the Pod's fields that the engine reads. The API server checks other fields after the webhooks. Takes
 * linear time, and stops at the number of problems that a message shows. A schema library would look for all problems:
 * half a second for a body of 1 MB.
 */
export function checkPodShape(object: Json): readonly Problem[] {
  const problems: Problem[] = []
  collect(pod, object, [], problems)
  return problems
}

interface Shape {
  readonly is: (value: Json) => boolean
  /** The end of a sentence that starts with "must be". */
  readonly expected: string
  readonly members?: readonly (readonly [key: string, shape: Shape, isRequired: boolean])[]
  /** The shape of each item of a list, or of each member of a map. */
  readonly each?: Shape
}

/** Allocates nothing, because nearly all Pods are right. */
function isRight({ is, members, each }: Shape, value: Json): boolean {
  if (!is(value)) return false
  const held = value as Held
  if (members) {
    for (const [key, member, isRequired] of members) {
      const found = held[key]
      if (found === undefined ? isRequired : !isRight(member, found)) return false
    }
  }
  if (!each) return true
  if (Array.isArray(value)) {
    for (const item of value) if (!isRight(each, item)) return false
  } else for (const key in held) if (!isRight(each, held[key]!)) return false
  return true
}

type Held = Readonly<Record<string | number, Json | undefined>>

/** Walks a value that is wrong once more, to find out what is wrong and where. */
function collect(shape: Shape, value: Json, path: Path, problems: Problem[]): void {
  if (problems.length >= limits.problems || isRight(shape, value)) return
  const { is, expected, members = [], each } = shape
  if (!is(value)) {
    problems.push({ path, message: `must be ${expected}` })
    return
  }
  const held = value as Held
  for (const [key, member, isRequired] of members) {
    const found = held[key]
    if (found !== undefined) collect(member, found, [...path, key], problems)
    else if (isRequired) problems.push({ path: [...path, key], message: 'is missing' })
  }
  if (!each) return
  const steps = Array.isArray(value) ? value.keys() : Object.keys(held)
  for (const step of steps) collect(each, held[step]!, [...path, step], problems)
}

const string: Shape = { is: value => typeof value === 'string', expected: 'a string' }
const integer: Shape = { is: Number.isInteger, expected: 'an integer' }
const boolean: Shape = { is: value => typeof value === 'boolean', expected: 'true or false' }
const strings: Shape = { is: isObject, expected: 'an object', each: string }

function object(members: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape {
  return {
    is: isObject,
    expected: 'an object',
    members: Object.entries(members).map(([key, shape]) => [key, shape, required.includes(key)]),
  }
}

function list(each: Shape): Shape {
  return { is: Array.isArray, expected: 'a list', each }
}

const container = object(
  {
    name: string,
    image: string,
    restartPolicy: string,
    env: list(object({ name: string }, ['name'])),
    envFrom: list(object({})),
    ports: list(object({ containerPort: integer, protocol: string }, ['containerPort'])),
    volumeMounts: list(
      object({ name: string, mountPath: string, subPath: string, subPathExpr: string }, [
        'name',
        'mountPath',
      ]),
    ),
  },
  ['name'],
)

/** Not even the key need be there: https://github.com/kubernetes/kubernetes/issues/91629 */
function shapesOf(field: string, place: Place): readonly [string, Shape][] {
  if (place.kind === 'list') return [[field, list(object(place.key ? { [place.key]: string } : {}))]]
  return place.kind === 'map' ? [[field, object({})]] : []
}

const pod = object({
  metadata: object({
    name: string,
    generateName: string,
    namespace: string,
    labels: strings,
    annotations: strings,
    ownerReferences: list(object({ kind: string, name: string, controller: boolean })),
  }),
  spec: object({
    // The only list that Go writes as null when it is empty. The API server denies such a Pod after the webhooks.
    containers: { ...list(container), is: value => value === null || Array.isArray(value) },
    initContainers: list(container),
    volumes: list(object({ name: string }, ['name'])),
    ...Object.fromEntries(
      podRows.flatMap(([field, place]) => (place.in === 'spec' ? shapesOf(field, place) : [])),
    ),
    restartPolicy: string,
  }),
})
