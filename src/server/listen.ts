import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions } from 'node:net'

/** The part of a Fastify server that listens, for HTTP and HTTPS. */
interface Listener {
  readonly server: { address(): AddressInfo | string | null }
  listen(options: ListenOptions): Promise<string>
}

/** Whether several sockets can listen on one port on this system. https://nodejs.org/api/net.html#serverlistenoptions-callback */
export const canShare = process.platform === 'linux'

/**
 * Listens on a port and gives its number, or the problem. `::` means every address; without IPv6 it becomes `0.0.0.0`.
 * With `isShared`, more sockets of this process can listen on the port.
 */
export async function listen(
  app: Listener,
  host: string,
  port: number,
  { isShared }: { readonly isShared: boolean } = { isShared: canShare },
): Promise<{ readonly port: number } | { readonly problem: string }> {
  try {
    // Otherwise this process would silently share the port with another process.
    if (isShared && port !== 0) await tryAlone(host, port)
    await app.listen({ host, port, ...(isShared && { reusePort: true }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EAFNOSUPPORT' && host === '::') return listen(app, '0.0.0.0', port, { isShared })
    return { problem: `cannot listen on port ${port} of ${host}: ${message}` }
  }
  const address = app.server.address()
  return { port: typeof address === 'object' && address ? address.port : port }
}

/** Throws if another process listens on the port. */
async function tryAlone(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
