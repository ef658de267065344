import { join } from 'node:path'
import { freePort, type Server, startServer } from '../../test/process/server.ts'
import { bundled } from '../process/bundled.ts'
import type { PodOfCluster } from './pod.ts'

/**
 * Bundles bare.ts, and gives what starts it in a Pod, with a compile cache that it has filled by starting once.
 */
export async function barePod(
  { certificate, nodeFlags, environment }: PodOfCluster,
  directory: string,
): Promise<() => Promise<Server>> {
  const program = join(directory, 'bare.mjs')
  await bundled(join(import.meta.dirname, 'bare.ts'), program)
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
