import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle } from '../../build.ts'

/**
 * Makes node/bare.ts one file as build.ts makes Pillion, but with all of @kubernetes/client-node, as `import` brings
 * it; gives its path, in that directory.
 */
export async function bareIn(directory: string): Promise<string> {
  const outfile = join(directory, 'bare.mjs')
  await build({
    ...bundle,
    entryPoints: [join(import.meta.dirname, 'node/bare.ts')],
    alias: {},
    outfile,
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  })
  return outfile
}
