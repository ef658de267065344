import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/** Leaves out of the page what it does not need of packages, and of the table of limits: 45 KB as gzip. */
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
    onLoad({ filter: /[\\/]re2js[\\/]build[\\/]index\.js$/ }, async ({ path }) => ({
      contents: withoutTables(await readFile(path, 'utf8')),
      resolveDir: import.meta.dirname,
    }))
    // The first sentence is enough for a completion.
    onLoad({ filter: /[\\/]descriptions\.gen\.json$/ }, async ({ path }) => {
      const all: Readonly<Record<string, string>> = JSON.parse(await readFile(path, 'utf8'))
      const short = Object.entries(all).map(([field, text]) => [field, text.split(/(?<=\.) /)[0]])
      return { contents: JSON.stringify(Object.fromEntries(short)), loader: 'json' }
    })
    // Only the CRDs say how server-side apply merges what has no key.
    onLoad({ filter: /[\\/]core\.gen\.json$/ }, async ({ path }) => {
      const left = (key: string, value: unknown) =>
        key === 'x-kubernetes-list-type' || key === 'x-kubernetes-map-type' ? undefined : value
      return { contents: JSON.stringify(JSON.parse(await readFile(path, 'utf8'), left)), loader: 'json' }
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

/** re2js with the classes of characters of the browser in place of its own tables. */
export function withoutTables(source: string): string {
  const named = (map: string, more: string) => (text: string) => {
    const [head = '', body = ''] = text.split(`static ${map} = new LazyMap({`)
    const end = body.indexOf('});')
    if (end < 0) throw new Error(`re2js has no ${map} any more`)
    const names = [...body.slice(0, end).matchAll(/^\s*(\w+): \(\) =>/gm)].map(([, name]) => name)
    return `${head}static ${map} = new LazyMap(tables(classesOf("${names.join(' ')}", ${more})));${body.slice(end + '});'.length)}`
  }
  const replaced = [
    named('CATEGORIES', '""'),
    named('SCRIPTS', '"Script=", { Unknown: "\\\\p{Cn}\\\\p{Co}\\\\p{Cs}" }'),
  ].reduce((text, replace) => replace(text), source)
  const printed = /new UnicodeRangeTable\(decodeRanges\("[^"]+", \w+\)\)(?=;\s*return this\._Print;)/
  if (!printed.test(replaced)) throw new Error('re2js has no table Print any more')
  return `import { classesOf, rangesOf } from './unicode-classes.ts'
const tables = classes => Object.fromEntries(Object.entries(classes).map(([name, ranges]) => [name, () => new UnicodeRangeTable(ranges())]))
${replaced.replace(printed, 'new UnicodeRangeTable(rangesOf("\\\\p{L}\\\\p{M}\\\\p{N}\\\\p{P}\\\\p{S}"))')}`
}
