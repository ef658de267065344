import { realpathSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { licensesOf } from './release/licenses.ts'

/**
 * What every bundle of Pillion has in common. Modules that are imported with `import()` are in it, too, and run
 * when they are asked for, so that `--help` costs no more than it needs.
 */
export const bundle = {
  absWorkingDir: join(import.meta.dirname, '..'),
  entryPoints: ['src/cli/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  // As `main` some packages would come in twice, once for those that import them and once for those that require them.
  mainFields: ['module', 'main'],
  // What reads kubeconfigs, without what talks to an API server, which nobody here uses.
  alias: { '@kubernetes/client-node': './node_modules/@kubernetes/client-node/dist/config.js' },
  // Identifiers stay: they are what a stack trace shows.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions

/** What a bundle that is an ES module has besides: dependencies that are CommonJS call require for what is in Node itself. */
export const esm = {
  format: 'esm',
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
} satisfies BuildOptions

/**
 * Leaves the lines of packages out of the source map: Node reads all of it when it starts, and theirs would take
 * 100 MB in every replica (docs/decisions/0014-what-the-image-holds.md). A trace names their functions anyway.
 */
const mapOnlyOurs: Plugin = {
  name: 'map only ours',
  setup({ onLoad }) {
    const map = { version: 3, sources: [''], mappings: 'AAAA' }
    const comment = `//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}`
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n${comment}`,
      loader: 'js',
    }))
  },
}

/**
 * Requires `node:http`: an import reads all of its members, and for one of them, WebSocket, Node compiles its
 * copy of undici, which takes a tenth of the time to start.
 */
const requireHttp: Plugin = {
  name: 'require http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'require-call' ? undefined : { path: 'http', namespace: 'required' },
    )
    onLoad({ filter: /^http$/, namespace: 'required' }, () => ({
      contents: "module.exports = require('node:http')",
    }))
  },
}

/** The CLI and the server as one file, dist/pillion.js, with its source map and the licenses of what is in it. */
async function buildBundle(): Promise<void> {
  const outfile = 'dist/pillion.js'
  const { metafile } = await build({
    ...bundle,
    ...esm,
    metafile: true,
    outfile,
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [mapOnlyOurs, requireHttp],
  })
  const map = JSON.parse(await readFile(`${outfile}.map`, 'utf8'))
  map.sources = map.sources.map((source: string) => (source.includes('/node_modules/') ? '' : source))
  await writeFile(`${outfile}.map`, JSON.stringify(map))
  // One character beyond Latin-1, or even beyond ASCII, and V8 keeps all of it in two bytes a character.
  const text = await readFile(outfile, 'utf8')
  await writeFile(outfile, text.replace(/[\u0080-\uffff]/g, escaped), { mode: 0o755 })
  await chmod(outfile, 0o755)
  await writeFile('dist/LICENSES.txt', await licensesOf(Object.keys(metafile.inputs)))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// Node 22 does not know import.meta.main.
if (import.meta.main ?? realpathSync(process.argv[1] ?? '') === import.meta.filename) await buildBundle()
