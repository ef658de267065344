import type { Json, JsonObject } from '../../src/json/json.ts'
import { isObject } from '../../src/json/json.ts'
import { defaultOf } from '../../src/profile/parameters.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { type Parameter, ProfileObject } from '../../src/profile/schema/schema.ts'
import type { Files } from '../files.ts'

/**
 * JSON Schemas for editors: of a profile, from the schema that `pillion validate` and the CRDs have; and of manifests, with
 * the annotations for the profiles of the catalog. https://json-schema.org/draft-07
 */
export function editorSchemas(
  descriptions: Readonly<Record<string, string>>,
  catalog: readonly Profile[],
): Files {
  return {
    'docs/schema/profile.json': textOf({
      $schema: draft,
      title: 'Profile of Pillion',
      ...(described(plain(ProfileObject), '', descriptions) as JsonObject),
    }),
    'docs/schema/annotations.json': textOf(manifestSchema(catalog)),
  }
}

const draft = 'http://json-schema.org/draft-07/schema#'

function textOf(schema: JsonObject): string {
  return `${JSON.stringify(shared(schema), undefined, 1)}\n`
}

/** As JSON, without what only Pillion and the API server understand: their keywords, and the formats of OpenAPI. */
function plain(schema: object): Json {
  const text = JSON.stringify(schema, (key, value) =>
    key.startsWith('x-') || (key === 'format' && typeof value === 'string') ? undefined : value,
  )
  return JSON.parse(text)
}

/** The schema with the meaning of each field, which an editor shows. */
function described(schema: Json, at: string, descriptions: Readonly<Record<string, string>>): Json {
  if (!isObject(schema)) return schema
  const { properties, items, patternProperties, additionalProperties, ...rest } = schema
  const inside = (each: Json | undefined, path: string) => described(each ?? true, path, descriptions)
  const members = (map: Json, step: (name: string) => string) =>
    Object.fromEntries(
      Object.entries(map as JsonObject).map(([name, each]) => [name, inside(each, step(name))]),
    )
  const description = descriptions[at]
  return {
    ...rest,
    ...(description !== undefined && { description }),
    ...(properties && { properties: members(properties, name => (at === '' ? name : `${at}.${name}`)) }),
    ...(patternProperties && { patternProperties: members(patternProperties, () => `${at}.NAME`) }),
    ...(items && { items: inside(items, `${at}[]`) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: inside(additionalProperties, `${at}.NAME`),
    }),
  }
}

/** A manifest: its annotations stand in a Pod, in a Namespace, or in a Pod template at any depth. */
function manifestSchema(catalog: readonly Profile[]): JsonObject {
  const parameters = catalog.flatMap(({ name, parameters }) =>
    Object.entries(parameters).map(
      ([key, declared]) => [`pillion.dev/${name}.${key}`, annotationOf(declared)] as const,
    ),
  )
  const names = catalog.map(({ name }) => name).join(', ')
  const annotations: JsonObject = {
    type: ['object', 'null'],
    additionalProperties: { type: 'string' },
    properties: {
      'pillion.dev/inject': {
        type: 'string',
        description: `Names of profiles, separated by commas, or none. The catalog has ${names}.`,
      },
      ...Object.fromEntries(parameters),
    },
  }
  // Only an object with a spec beside its metadata is a Pod template; `metadata` can mean something else elsewhere.
  const below = { $ref: '#/definitions/value' }
  return {
    $schema: draft,
    title: 'Kubernetes manifest with annotations of Pillion',
    ...below,
    definitions: {
      value: {
        properties: {
          metadata: { properties: { annotations } },
        },
        patternProperties: { '^(spec|template|jobTemplate)$': below },
      },
    },
  }
}

function annotationOf(declared: Parameter): JsonObject {
  const { type, description = '', enum: allowed } = declared
  const fallback = defaultOf(declared)
  const values = type === 'boolean' ? ['true', 'false'] : allowed?.map(String)
  const ending = fallback === undefined ? '' : ` Default: ${fallback}.`
  return {
    type: 'string',
    description: `${description}${ending}`.trim() || type,
    ...(values && { enum: values }),
    ...(type === 'integer' && { pattern: '^[+-]?\\d{1,15}$' }),
  }
}

/** The same schema with one definition of what appears several times. */
function shared(schema: JsonObject): JsonObject {
  const count = new Map<string, number>()
  const textOf = (value: JsonObject) => JSON.stringify(value)
  const isShared = (value: Json, key: string | undefined): value is JsonObject =>
    isObject(value) && key !== 'properties' && key !== 'definitions' && textOf(value).length > leastShared
  const visit = (value: Json | undefined, key?: string): void => {
    if (value === undefined || typeof value !== 'object' || value === null) return
    if (isShared(value, key)) {
      const text = textOf(value)
      const times = (count.get(text) ?? 0) + 1
      count.set(text, times)
      if (times > 1) return
    }
    for (const [name, each] of Object.entries(value)) visit(each, name)
  }
  visit(schema)
  const names = new Map<string, string>()
  const definitions: Record<string, Json> = {}
  const replace = (value: Json, key?: string, isRoot = false): Json => {
    if (Array.isArray(value)) return value.map(each => replace(each))
    if (!isObject(value)) return value
    const text = textOf(value)
    const isTwice = !isRoot && isShared(value, key) && (count.get(text) ?? 0) > 1
    const known = names.get(text)
    if (isTwice && known !== undefined) return { $ref: `#/definitions/${known}` }
    const name = isTwice ? `shared${names.size + 1}` : undefined
    if (name !== undefined) names.set(text, name)
    const made = Object.fromEntries(
      Object.entries(value).map(([member, each]) => [member, replace(each ?? null, member)]),
    )
    if (name === undefined) return made
    definitions[name] = made
    return { $ref: `#/definitions/${name}` }
  }
  const root = replace(schema, undefined, true) as JsonObject
  return Object.keys(definitions).length === 0
    ? root
    : { ...root, definitions: { ...(root['definitions'] as JsonObject | undefined), ...definitions } }
}

// A reference is shorter than any schema of this length.
const leastShared = 300
