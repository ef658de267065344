import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Certificate } from '../../test/process/certificate.ts'
import { freePort, type Server, startServer } from '../../test/process/server.ts'

/** What a peer is started with. */
export interface PeerWishes {
  readonly certificate: Certificate
  readonly environment?: NodeJS.ProcessEnv
  readonly core?: number
}

export interface NodePeerWishes extends PeerWishes {
  /** Of Node. */
  readonly flags?: readonly string[]
}

/** One of node/, by its name, or any other file of that kind by its path. */
export async function startNodePeer(
  name: string,
  { flags = [], ...wishes }: NodePeerWishes,
): Promise<Server> {
  const { certFile, keyFile, ca } = wishes.certificate
  const port = await freePort()
  const file = name.includes('/') ? name : join(import.meta.dirname, 'node', `${name}.ts`)
  const command = [process.execPath, ...flags, file, `127.0.0.1:${port}`, certFile, keyFile]
  return startServer({ ...wishes, command, port, ca })
}

/** The one in go/, built when it has changed; needs `go`. */
export async function startGoPeer(wishes: PeerWishes): Promise<Server> {
  const { certFile, keyFile, ca } = wishes.certificate
  const program = await builtGoPeer()
  const port = await freePort()
  const command = [program, '-addr', `127.0.0.1:${port}`, '-cert', certFile, '-key', keyFile]
  return startServer({ ...wishes, command, port, ca })
}

/** Builds it and gives its path. */
export async function builtGoPeer(): Promise<string> {
  const directory = join(import.meta.dirname, 'go')
  await promisify(execFile)('go', ['build', '-o', 'webhook', '.'], { cwd: directory })
  return join(directory, 'webhook')
}
