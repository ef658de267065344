import { type TSchema, Type } from 'typebox'

/** A value with members. Other members are not allowed. */
export function group(description: string, members: Record<string, TSchema>): TSchema {
  const optional = Object.entries(members).map(([name, member]) => [name, Type.Optional(member)])
  return Type.Object(Object.fromEntries(optional), { description, additionalProperties: false })
}

export function flag(fallback: boolean, description: string): TSchema {
  return Type.Boolean({ default: fallback, description })
}

export function text(fallback: string, description: string): TSchema {
  return Type.String({ default: fallback, description })
}

/** The name of a Kubernetes object, or empty. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function name(fallback: string, description: string): TSchema {
  const pattern = '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$'
  return Type.String({ pattern, maxLength: 253, default: fallback, description })
}

/** A time span that ends in one of these units, for example `30s`. */
export function duration(fallback: string, units: readonly string[], description: string): TSchema {
  return Type.String({ pattern: `^([0-9]+(${units.join('|')}))+$`, default: fallback, description })
}

/**
 * A Kubernetes quantity, without its rare forms (exponents, nano and micro): Helm shows the pattern to whoever wrote `64MB`.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export const quantity = {
  type: ['string', 'number'],
  pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$',
  minimum: 0,
} as const

/** Requests and limits of a container. By a pattern, because they are no values of their own in the table of values. */
export function resources(fallback: object, description: string): TSchema {
  const quantities = { type: 'object', additionalProperties: quantity }
  return Type.Unsafe({
    type: 'object',
    patternProperties: { '^(requests|limits)$': quantities, '^claims$': { type: 'array' } },
    additionalProperties: false,
    default: fallback,
    description,
  })
}

export function matching(pattern: string, fallback: string, description: string): TSchema {
  return Type.String({ pattern, default: fallback, description })
}

export function whole(fallback: number, description: string, minimum: number, maximum: number): TSchema {
  return Type.Integer({ default: fallback, description, minimum, maximum })
}

export function number(fallback: number, description: string): TSchema {
  return Type.Number({ default: fallback, description, exclusiveMinimum: 0 })
}

/** The first word is the default. */
export function choice(words: readonly string[], description: string): TSchema {
  return Type.Unsafe({ type: 'string', enum: words, default: words[0], description })
}

export function list(fallback: readonly unknown[], description: string, items?: TSchema): TSchema {
  return Type.Unsafe({ type: 'array', items: items ?? { type: 'object' }, default: fallback, description })
}

export function map(fallback: Readonly<Record<string, string>>, description: string): TSchema {
  return Type.Unsafe({
    type: 'object',
    additionalProperties: { type: 'string' },
    default: fallback,
    description,
  })
}

/** A part of a Kubernetes object: the API server checks what is in it. */
export function object(fallback: object, description: string): TSchema {
  return Type.Unsafe({ type: 'object', additionalProperties: true, default: fallback, description })
}

export function countOrShare(fallback: number | string, description: string): TSchema {
  return Type.Unsafe({
    type: ['integer', 'string'],
    pattern: '^([0-9]+%)?$',
    minimum: 0,
    default: fallback,
    description,
  })
}
