import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { isOrExpression, realTypes, type Schema, schemaAt } from '../json/schema.ts'
import { limits } from '../limits/limits.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { isProfileLike } from '../profile/read.ts'
import { keysOfList } from '../profile/schema/list-keys.ts'
import { ProfileSpec } from '../profile/schema/schema.ts'
import { offsetOf } from '../profile/yaml/offset.ts'
import { profileObjectsIn } from '../profile/yaml/parse.ts'
import { readYaml } from '../profile/yaml/read.ts'

/**
 * What the API server refuses by the schema of the CRD although a file may have it. The CRD is narrower in three cases, and
 * these are checked by the schema from which it is made; for all others, `parseProfiles` has a better sentence.
 * docs/decisions/0010-crd-schema.md
 */
export function refusedByApply(text: string, file: string): readonly Problem[] {
  const { documents, placeOf } = readYaml(text)
  return documents
    .flatMap(({ node, value }) =>
      profileObjectsIn(value).flatMap(([at, object]) =>
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

function deviationsOf(object: JsonObject): readonly Problem[] {
  const problems: Problem[] = []
  walk(object['spec'], ProfileSpec as unknown as Schema, ['spec'], problems)
  return problems
}

function walk(value: Json | undefined, schema: Schema | undefined, path: Path, problems: Problem[]): void {
  if (value === undefined || value === null || !schema) return
  const message = deviation(value, schema)
  if (message !== undefined) {
    problems.push({ path, message })
    return
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(item as Json, schema.items, [...path, i], problems)
    problems.push(...repeated(value, keysOfList(schema, String(path.at(-1))), path))
  } else if (isObject(value)) {
    for (const [key, each] of Object.entries(value))
      walk(each, schemaAt(schema, [key]), [...path, key], problems)
  }
}

/** Only in what a file may have: an expression for a whole list or object, and a quantity that is a fraction. */
function deviation(value: Json, schema: Schema): string | undefined {
  const types = realTypes(schema)
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true || schema['x-quantity'] === true
  if (isIntOrString && typeof value === 'number' && !Number.isInteger(value))
    return `the number must be an integer or text: write "${value}"`
  if (typeof value !== 'string' || !isOrExpression(schema)) return undefined
  if (types.includes('array')) return 'an expression cannot stand for the whole list: write its items'
  return types.includes('object')
    ? 'an expression cannot stand for the whole object: write its members'
    : undefined
}

function repeated(value: readonly Json[], keys: readonly string[], path: Path): readonly Problem[] {
  if (keys.length === 0) return []
  const seen = new Set<string>()
  return value.flatMap((item, i): readonly Problem[] => {
    const names = keys.map(key => member(item, key) ?? null)
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
