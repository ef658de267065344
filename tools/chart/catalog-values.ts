import { type TSchema, Type } from 'typebox'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import { flag, group } from './values.ts'

/** A profile of the catalog, as its file has it. */
export interface CatalogProfile {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly description?: string
    readonly parameters?: Readonly<Record<string, Parameter>>
  }
}

/** The values of the catalog: each profile can be left out, and what it is by default be changed. */
export function catalogValues(profiles: readonly CatalogProfile[]): TSchema {
  return group('The profiles that come with Pillion.', {
    enabled: flag(true, 'Whether any of them is installed.'),
    ...Object.fromEntries(profiles.map(profile => [profile.metadata.name, valuesOf(profile)])),
  })
}

function valuesOf({ metadata: { name }, spec }: CatalogProfile): TSchema {
  const parameters = Object.entries(spec.parameters ?? {})
  return group(spec.description ?? '', {
    enabled: flag(true, `Whether \`${name}\` is installed.`),
    parameters: Type.Unsafe({
      ...group(
        'In place of the defaults of its parameters.',
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

/** `pattern` and the limits of quantities are left to the server: JSON Schema has other words for them. */
function defaultOf(profile: string, name: string, declared: Parameter): TSchema {
  const { type, description = '', minimum, maximum } = declared
  return Type.Unsafe({
    ...types[type],
    description: description || `The parameter ${name} of ${profile}.`,
    ...(declared.default !== undefined && { default: declared.default }),
    ...(declared.enum && { enum: declared.enum }),
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
  })
}
