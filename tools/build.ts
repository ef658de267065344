import { realpathSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { licensesOf } from './release/licenses.ts'

/**
 * What dependencies import only for what Pillion never calls. It is not in the bundle: it would be half of it, and 25 more
 * packages to keep up to date.
 */
const unreachable: Readonly<Record<string, readonly string[]>> = {
  // Its own requests and the classes of the API. Pillion only asks it how to connect: `applyToHTTPSOptions`.
  '@kubernetes/client-node': ['undici', './gen/index.js'],
  // Compilers for JSON schemas (see src/server/without-schemas.ts), `inject` for tests, a logger of its own (`logger: false`),
  // and the address that a proxy names (`trustProxy` is off).
  fastify: [
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler',
    '@fastify/proxy-addr',
    'light-my-request',
    './logger-pino.js',
  ],
  // Destinations and transports of its own: the log is given one (src/server/standard-output.ts).
  pino: ['./transport', './lib/transport', 'on-exit-leak-free', 'sonic-boom'],
}

const withoutUnreachable: Plugin = {
  name: 'without unreachable',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^/]/ }, ({ path, importer }) => {
      const [, importing] = importer.match(/.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/) ?? []
      const isUnreachable = unreachable[importing?.replaceAll('\\', '/') ?? '']?.includes(path)
      return isUnreachable ? { path, namespace: 'unreachable' } : undefined
    })
    // What is called after all says so.
    onLoad({ filter: /.*/, namespace: 'unreachable' }, ({ path }) => ({
      contents: `module.exports = function () { throw new Error(${JSON.stringify(`the bundle of Pillion is without ${path}`)}) }`,
    }))
  },
}

/**
 * Options of every bundle of Pillion. The bundle includes modules that are imported with `import()`, but runs them only
 * when they are needed, so that `--help` stays fast.
 */
export const bundle = {
  absWorkingDir: join(import.meta.dirname, '..'),
  entryPoints: ['src/cli/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  // With `main` first, a package that is both imported and required would be bundled twice.
  mainFields: ['module', 'main'],
  // Only the part that reads kubeconfigs: Pillion has its own client for the API server.
  alias: { '@kubernetes/client-node': './node_modules/@kubernetes/client-node/dist/config.js' },
  // Identifiers are kept, because a stack trace shows them.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [withoutUnreachable],
} satisfies BuildOptions

/** Options of a bundle that is an ES module: CommonJS dependencies call `require` for modules of Node. */
export const esm = {
  format: 'esm',
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
} satisfies BuildOptions

/**
 * Leaves packages out of the source map: Node reads the whole map when it starts, and theirs would take 100 MB in every
 * replica (docs/decisions/0014-what-the-image-holds.md). A stack trace names their functions anyway.
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

const outfile = 'dist/main.js'

/** Options of the bundle of the CLI and the server, with its source map. */
const main = {
  ...bundle,
  ...esm,
  metafile: true,
  outfile,
  sourcemap: 'linked',
  sourcesContent: false,
  plugins: [mapOnlyOurs, requireHttp, ...bundle.plugins],
} satisfies BuildOptions

/** The files that the bundle is made of. */
export async function bundledFiles(): Promise<readonly string[]> {
  const { metafile } = await build({ ...main, write: false })
  return Object.keys(metafile.inputs)
}

/** The CLI and the server as one file, dist/main.js, with its source map and the licenses of what is in it. */
async function buildBundle(): Promise<void> {
  const { metafile } = await build(main)
  const map = JSON.parse(await readFile(`${outfile}.map`, 'utf8'))
  map.sources = map.sources.map((source: string) => (source.includes('/node_modules/') ? '' : source))
  await writeFile(`${outfile}.map`, JSON.stringify(map))
  // If one character is not ASCII, V8 stores the whole text with two bytes per character.
  const text = await readFile(outfile, 'utf8')
  await writeFile(outfile, text.replace(/[\u0080-\uffff]/g, escaped))
  await writeFile('dist/LICENSES.txt', await licensesOf(Object.keys(metafile.inputs)))
}

/** The entry point, dist/pillion.js, which also a Node that is too old for the bundle can read. */
async function buildLauncher(): Promise<void> {
  const outfile = 'dist/pillion.js'
  const { engines } = JSON.parse(await readFile('package.json', 'utf8'))
  const oldestNode = /\d+\.\d+/.exec(engines.node)?.[0]
  await build({
    ...bundle,
    entryPoints: ['src/cli/launch.ts'],
    outfile,
    format: 'esm',
    target: 'node12.20',
    banner: { js: '#!/usr/bin/env node' },
    define: { oldestNode: JSON.stringify(oldestNode) },
    plugins: [externalProgram],
  })
  await chmod(outfile, 0o755)
}

const externalProgram: Plugin = {
  name: 'external program',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.js', external: true }))
  },
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// Node 22 has no import.meta.main.
if (import.meta.main ?? realpathSync(process.argv[1] ?? '') === import.meta.filename)
  await Promise.all([buildBundle(), buildLauncher()])
