import type { FastifyServerOptions } from 'fastify'

/**
 * For a server whose routes have no JSON schema: fastify loads no compilers for them. Pillion checks what it reads itself,
 * and the compilers would be ten packages.
 */
export const withoutSchemas = {
  schemaController: {
    compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema },
  },
} satisfies FastifyServerOptions

function noSchema(): never {
  throw new Error('a route has a JSON schema, and there is no compiler for it')
}
