import type { Schema } from '../../src/json/schema.ts'
import type { Connection } from './connection.ts'
import { inline, type OpenApiSchema } from './inline.ts'

/** The file that has them, in the sources. */
export const coreFile = new URL('../../src/profile/schema/core.gen.json', import.meta.url)

/**
 * The core/v1 types that a profile holds, as the API server describes them in its own OpenAPI: the text of
 * `src/profile/schema/core.gen.json`, the same for the same API server to the byte.
 */
export async function coreSchemas(request: Connection['request']): Promise<string> {
  const { body } = await request<Document>('GET', '/openapi/v3/api/v1')
  const schemas = types.map(type => [type.replace(/.*\./, ''), inline(body.components.schemas, type)])
  return `${JSON.stringify(Object.fromEntries(schemas), null, 1)}\n`
}

/** The same as schemas. An API server that is older than the file knows fewer fields. */
export async function knownSchemas(request: Connection['request']): Promise<Schemas> {
  return JSON.parse(await coreSchemas(request))
}

export type Schemas = Readonly<Record<string, Schema>> &
  Readonly<Record<'Container' | 'Volume' | 'PodDNSConfig', Schema>>

/** The fields and values that one schema has and the other lacks. */
export function lacking(schema: Schema, other: Schema | undefined, at: string): readonly string[] {
  if (!other) return [at]
  const values = (schema.enum ?? []).filter(value => other.enum && !other.enum.includes(value))
  return [
    ...values.map(value => `${at}: ${value}`),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
      lacking(member, other.properties?.[key], `${at}.${key}`),
    ),
    ...(schema.items ? lacking(schema.items, other.items, `${at}[]`) : []),
  ]
}

type Document = { readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> } }

const types = [
  'io.k8s.api.core.v1.Container',
  'io.k8s.api.core.v1.EnvFromSource',
  'io.k8s.api.core.v1.EnvVar',
  'io.k8s.api.core.v1.HostAlias',
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  'io.k8s.api.core.v1.LocalObjectReference',
  'io.k8s.api.core.v1.PodDNSConfig',
  'io.k8s.api.core.v1.PodSecurityContext',
  'io.k8s.api.core.v1.Toleration',
  'io.k8s.api.core.v1.Volume',
  'io.k8s.api.core.v1.VolumeMount',
]
