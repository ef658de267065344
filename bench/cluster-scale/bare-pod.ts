import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle } from '../../build.ts'
import { freePort, type Server, startServer } from '../process/server.ts'
import type { PodOfCluster } from './pod.ts'

/**
 * Bundles bare.ts as build.ts bundles Pillion, but with all of @kubernetes/client-node, as `import` brings it; gives
 * what starts it in a Pod, with a compile cache that it has filled by starting once.
 */
export async function barePod(
  { certificate, nodeFlags, environment }: PodOfCluster,
  directory: string,
): Promise<() => Promise<Server>> {
  const program = join(directory, 'bare.mjs')
  await build({
    ...bundle,
    entryPoints: [join(import.meta.dirname, 'bare.ts')],
    alias: {},
    outfile: program,
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  })
  async function start(): Promise<Server> {
    const port = await freePort()
    const { ca, certFile, keyFile } = certificate
    return startServer({
      command: [process.execPath, ...nodeFlags, program, String(port), certFile, keyFile],
      port,
      ca,
      environment: { ...environment, NODE_COMPILE_CACHE: join(directory, 'compiled-bare') },
    })
  }
  await (await start()).end()
  return start
}
