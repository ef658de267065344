import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { assetsOf } from './assets.ts'
import { type PlaygroundFlags, shippedProfiles } from './profiles.ts'
import { responder } from './respond.ts'

/** Serves the playground on loopback until the process is told to stop. */
export async function run(flags: PlaygroundFlags & { readonly port: number }, io: Io): Promise<ExitCode> {
  const [assets, profiles] = await Promise.all([assetsOf(), shippedProfiles(flags, io)])
  const server = createServer(responder(assets, profiles))
  server.listen(flags.port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another process uses it' : message
    throw new Failure(2, `port ${flags.port}: ${why}: choose another port with --port`)
  }
  const { port } = server.address() as AddressInfo
  io.out(`http://127.0.0.1:${port}/\n`)
  io.err(`The playground has the profiles of ${profiles.from}, as they are now. Ctrl-C ends it.\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  server.close()
  server.closeAllConnections()
  return 0
}
