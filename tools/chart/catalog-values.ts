import { type TSchema, Type } from 'typebox'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import { flag, group, quantity } from './declare.ts'

/** A file of the catalog, parsed. */
export interface CatalogProfile {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly description?: string
    readonly parameters?: Readonly<Record<string, Parameter>>
  }
}

/** The values of the catalog: each profile can be left out, and the defaults of its parameters changed. */
export function catalogValues(profiles: readonly CatalogProfile[]): TSchema {
  return group('Profiles that come with Pillion.', {
    enabled: flag(true, 'Whether the chart installs profiles.'),
    ...Object.fromEntries(profiles.map(profile => [profile.metadata.name, valuesOf(profile)])),
  })
}

function valuesOf({ metadata: { name }, spec }: CatalogProfile): TSchema {
  const parameters = Object.entries(spec.parameters ?? {})
  return group(spec.description ?? '', {
    enabled: flag(true, `Whether the chart installs \`${name}\`.`),
    parameters: Type.Unsafe({
      ...group(
        'Defaults of parameters.',
        Object.fromEntries(
          parameters.map(([parameter, declared]) => [parameter, defaultOf(name, parameter, declared)]),
        ),
      ),
      default: {},
    }),
  })
}

const types: Readonly<Record<Parameter['type'], object>> = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  quantity,
}

/**
 * Helm's patterns are RE2, as Pillion's are. Those with a class such as `[:cntrl:]` mean something else in other tools that read
 * the schema, so only Pillion checks them, and the limits of quantities.
 */
function defaultOf(profile: string, name: string, declared: Parameter): TSchema {
  const { type, description = '', minimum, maximum, pattern } = declared
  return Type.Unsafe({
    ...types[type],
    description: description || `Parameter ${name} of ${profile}.`,
    ...(declared.default !== undefined && { default: declared.default }),
    ...(declared.enum && { enum: declared.enum }),
    ...(pattern !== undefined && !pattern.includes('[:') && { pattern }),
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
  })
}
