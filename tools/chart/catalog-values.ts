import { type TSchema, Type } from 'typebox'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import { flag, group } from './declare.ts'

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
  quantity: { type: ['string', 'number'] },
}

/** Pillion itself checks `pattern` and the limits of quantities: JSON Schema expresses them differently. */
function defaultOf(profile: string, name: string, declared: Parameter): TSchema {
  const { type, description = '', minimum, maximum } = declared
  return Type.Unsafe({
    ...types[type],
    description: description || `Parameter ${name} of ${profile}.`,
    ...(declared.default !== undefined && { default: declared.default }),
    ...(declared.enum && { enum: declared.enum }),
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
  })
}
