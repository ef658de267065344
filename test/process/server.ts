import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that is a process of its own and ready. */
export interface Server {
  readonly pid: number
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** From the start of the process to its first 200. */
  readonly readyMs: number
  end(): Promise<void>
}

export interface Start {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Where it will listen, on 127.0.0.1, over TLS. */
  readonly port: number
  /** In PEM: whom its certificate is signed by. */
  readonly ca: string
  /** Besides this process's own. */
  readonly environment?: NodeJS.ProcessEnv
  /** The core that it is pinned to; any when absent. */
  readonly core?: number
}

/** Starts it and waits for a 200 of its GET /readyz. What it prints on stdout is lost; stderr is ours. */
export async function startServer({ command, port, ca, environment, core }: Start): Promise<Server> {
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const [program = '', ...args] = pinned
  const started = performance.now()
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  const url = `https://127.0.0.1:${port}`
  while (!(await isReady(url, ca))) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`)
    await sleep(pollMs)
  }
  const readyMs = performance.now() - started
  if (child.pid === undefined) throw new Error('a process that answers has a number')
  return {
    pid: child.pid,
    url,
    readyMs,
    async end() {
      process.off('exit', onExit)
      child.kill()
      await exited
    },
  }
}

const pollMs = 2

function isReady(url: string, ca: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get(`${url}/readyz`, { ca, agent: false }, response => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on('error', () => resolve(false))
  return promise
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
