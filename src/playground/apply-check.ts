import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { isProfileLike } from '../profile/read.ts'
import { customResourceDefinition } from '../profile/schema/crd.ts'
import { type Kind, kinds } from '../profile/schema/schema.ts'
import { offsetOf } from '../profile/yaml/offset.ts'
import { readYaml } from '../profile/yaml/read.ts'

/**
 * What the API server refuses by the schema of the CRD although a file may have it. The CRD is narrower in few cases, and
 * these are the ones that are checked; for all others, `parseProfiles` has a better sentence.
 * docs/decisions/0010-crd-schema.md
 */
export function refusedByApply(text: string, file: string): readonly Problem[] {
  const { documents, placeOf } = readYaml(text)
  return documents
    .flatMap(({ node, value }) =>
      objectsOf(value).flatMap(([at, object]) =>
        isProfileLike(object)
          ? deviationsOf(object).map(each => ({ node, ...each, path: [...at, ...each.path] }))
          : [],
      ),
    )
    .slice(0, limits.problems)
    .map(({ node, path, message }) => ({
      path,
      message: `kubectl apply would refuse this: ${message}`,
      file,
      ...placeOf(offsetOf(node, path)),
    }))
}

/** `kubectl get -o yaml` prints a list. */
function objectsOf(value: Json): readonly (readonly [Path, Json])[] {
  const items = String(member(value, 'kind')).endsWith('List') ? member(value, 'items') : undefined
  return Array.isArray(items) ? items.map((item: Json, i) => [['items', i], item]) : [[[], value]]
}

function deviationsOf(object: JsonObject): readonly Problem[] {
  const kind = kinds.find(each => each === object['kind'])
  const problems: Problem[] = []
  if (kind) walk(object['spec'], specOf(kind), ['spec'], problems)
  return problems
}

const specs = new Map<Kind, JsonObject>()

function specOf(kind: Kind): JsonObject {
  const known = specs.get(kind)
  if (known) return known
  const [version] = member(customResourceDefinition(kind)['spec'], 'versions') as readonly Json[]
  const root = member(member(version, 'schema'), 'openAPIV3Schema')
  const spec = member(member(root, 'properties'), 'spec') as JsonObject
  specs.set(kind, spec)
  return spec
}

function walk(value: Json | undefined, schema: Json | undefined, path: Path, problems: Problem[]): void {
  if (value === undefined || value === null || !isObject(schema)) return
  const message = deviation(value, schema)
  if (message !== undefined) {
    problems.push({ path, message })
    return
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(item as Json, schema['items'], [...path, i], problems)
    problems.push(...repeated(value, schema, path))
  } else if (isObject(value)) {
    for (const [key, each] of Object.entries(value))
      walk(
        each,
        member(schema['properties'], key) ?? schema['additionalProperties'],
        [...path, key],
        problems,
      )
  }
}

/** Only in what a file may have: an expression for a whole list or object, and a quantity that is a fraction. */
function deviation(value: Json, schema: JsonObject): string | undefined {
  const { type } = schema
  if (schema['x-kubernetes-int-or-string'] === true && typeof value === 'number' && !Number.isInteger(value))
    return `the number must be an integer or text: write "${value}"`
  if (typeof value !== 'string' || (type !== 'array' && type !== 'object')) return undefined
  return `an expression cannot stand for the whole ${type === 'array' ? 'list: write its items' : 'object: write its members'}`
}

function repeated(value: readonly Json[], schema: JsonObject, path: Path): readonly Problem[] {
  const keys = schema['x-kubernetes-list-map-keys']
  if (!Array.isArray(keys)) return []
  const seen = new Set<string>()
  return value.flatMap((item, i): readonly Problem[] => {
    const names = (keys as readonly string[]).map(key => member(item, key) ?? null)
    const id = JSON.stringify(names)
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    const shown = `${keys.join(', ')} ${names.map(name => JSON.stringify(name)).join(', ')}`
    return [
      {
        path: [...path, i],
        message: `a second item of the list has the ${shown}; make one item of both, with an expression in place of when`,
      },
    ]
  })
}
