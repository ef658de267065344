import { chmod } from 'node:fs/promises'
import { build } from 'esbuild'

/**
 * The CLI and the server as one file, dist/pillion.js. Modules that are imported with `import()` are in it,
 * too, and run when they are asked for, so that `--help` costs no more than it needs.
 */
await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/pillion.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.19',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  banner: {
    // Dependencies that are CommonJS call require for what is in Node itself.
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
})
await chmod('dist/pillion.js', 0o755)
