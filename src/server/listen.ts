import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions } from 'node:net'

/** What Fastify and its server have of listening, whichever protocol they speak. */
export interface Listener {
  readonly server: { address(): AddressInfo | string | null }
  listen(options: ListenOptions): Promise<string>
}

/**
 * Opens a port, and gives its number; refuses when it cannot be had. `::` is every address, which is
 * `0.0.0.0` on a machine without IPv6. With `isShared` more sockets of this process can listen on it.
 */
export async function listen(
  app: Listener,
  host: string,
  port: number,
  { isShared = false }: { readonly isShared?: boolean } = {},
): Promise<{ readonly port: number } | { readonly problem: string }> {
  try {
    // Sockets of another process would share the port as well, without a word.
    if (isShared && port !== 0) await tryAlone(host, port)
    await app.listen({ host, port, ...(isShared && { reusePort: true }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EAFNOSUPPORT' && host === '::') return listen(app, '0.0.0.0', port, { isShared })
    return { problem: `port ${port} of ${host} cannot be listened on: ${message}` }
  }
  const address = app.server.address()
  return { port: typeof address === 'object' && address ? address.port : port }
}

/** Throws when somebody listens on that port. */
async function tryAlone(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
