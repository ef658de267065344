import type { AddressInfo, ListenOptions } from 'node:net'

/** What Fastify and its server have of listening, whichever protocol they speak. */
export interface Listener {
  readonly server: { address(): AddressInfo | string | null }
  listen(options: ListenOptions): Promise<string>
}

/**
 * Opens a port, and gives its number; refuses when it cannot be had. `::` is every address, which is
 * `0.0.0.0` on a machine without IPv6.
 */
export async function listen(
  app: Listener,
  host: string,
  port: number,
): Promise<{ readonly port: number } | { readonly problem: string }> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EAFNOSUPPORT' && host === '::') return listen(app, '0.0.0.0', port)
    return { problem: `port ${port} of ${host} cannot be listened on: ${message}` }
  }
  const address = app.server.address()
  return { port: typeof address === 'object' && address ? address.port : port }
}
