import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/** Leaves out of the page what it does not need of packages, and of the table of limits: 30 KB as gzip. */
export const smaller: Plugin = {
  name: 'smaller',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^typebox$/ }, () => ({ path: join(import.meta.dirname, 'schema-builder.ts') }))
    onResolve({ filter: /^typebox\/schema$/ }, ({ importer }) =>
      importer.startsWith(import.meta.dirname)
        ? undefined
        : { path: join(import.meta.dirname, 'schema-check.ts') },
    )
    // The numbers without their reasons.
    onLoad({ filter: /[\\/]src[\\/]limits[\\/]limits\.ts$/ }, async ({ path }) => {
      const exported = Object.entries(await import(path))
      const constants = exported.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
      return { contents: constants.join('\n') }
    })
    // No schema of Pillion has a format.
    onLoad({ filter: /[\\/]typebox[\\/]build[\\/]format[\\/][a-z]\w*\.mjs$/ }, async ({ path }) =>
      /[\\/](?:index|format)\.mjs$/.test(path) ? undefined : { contents: await withoutBodies(path) },
    )
  },
}

/** The functions of a module as such that must not be called. */
async function withoutBodies(path: string): Promise<string> {
  const names = [...(await readFile(path, 'utf8')).matchAll(/^export function (\w+)/gm)].map(
    ([, name]) => name,
  )
  return names.map(name => `export function ${name}() { throw new Error('${name} is left out') }`).join('\n')
}
