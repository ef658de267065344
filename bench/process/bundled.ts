import { build } from 'esbuild'
import { bundle, esm } from '../../tools/build.ts'

/** Makes a program one file as tools/build.ts makes Pillion, but with all of @kubernetes/client-node, as `import` brings it. */
export async function bundled(entryPoint: string, outfile: string): Promise<void> {
  await build({ ...bundle, ...esm, entryPoints: [entryPoint], alias: {}, outfile })
}
