import { spawn } from 'node:child_process'

/** The API server on a port of this machine, with the rights of a kubeconfig: what `kubectl proxy` gives. */
export interface ApiProxy {
  /** Answers as the API server does, whatever that is. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answered>
  stop(): void
}

interface Answered {
  readonly status: number
  readonly text: string
}

/** A request in less time than a kubectl takes to start; as another user where one is named. */
export async function startApiProxy(kubeconfig: string, user?: string): Promise<ApiProxy> {
  const as = user === undefined ? [] : [`--as=${user}`]
  const proxy = spawn('kubectl', [`--kubeconfig=${kubeconfig}`, ...as, 'proxy', '--port=0'])
  const address = await new Promise<string>((resolve, reject) => {
    proxy.stdout
      .setEncoding('utf8')
      .once('data', (line: string) => resolve(line.trim().split(' ').at(-1) ?? ''))
    proxy.once('error', reject)
    proxy.once('exit', code => reject(new Error(`kubectl proxy ended with ${code}`)))
  })
  return {
    async request(method, path, body, contentType = 'application/json') {
      const response = await fetch(`http://${address}${path}`, {
        method,
        headers: { 'content-type': contentType },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    },
    stop() {
      proxy.kill()
    },
  }
}
