import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** The processes that run in one temporary directory, and end together with it. */
export type Processes = {
  /** Starts a program in the directory; what it prints goes to `<its name>.log` there. */
  start(file: string, args: readonly string[]): Promise<void>
  /** Rejects as soon as a program cannot start or ends by itself, with the end of its log. Never resolves. */
  readonly died: Promise<never>
  /** Kills the programs that `start` started, waits for their end and removes the directory. */
  stop(): Promise<void>
}

export function createProcesses(directory: string): Processes {
  const { promise: died, reject } = Promise.withResolvers<never>()
  died.catch(() => {}) // nobody waits for it once the API server is ready
  const guard = guardOf(directory)
  const kills: (() => Promise<void>)[] = []
  let stopping = false

  async function start(file: string, args: readonly string[]): Promise<void> {
    const logFile = join(directory, `${basename(file)}.log`)
    const log = await open(logFile, 'a')
    const child = spawn(file, args, { cwd: directory, stdio: ['ignore', log.fd, log.fd] })
    const ended = new Promise<string>(resolve => {
      child.once('error', error => resolve(error.message))
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`))
    })
    ended.then(async how => {
      if (stopping) return
      const log = await lastLines(logFile).catch(() => '')
      reject(new Error(`${basename(file)} ${how}\n${log}`))
    })
    kills.push(async () => {
      // No grace: the data is thrown away, and kube-apiserver takes seconds to say goodbye.
      child.kill('SIGKILL')
      await ended
    })
    if (child.pid !== undefined) guard.watch(child.pid)
    await log.close()
  }

  async function stop(): Promise<void> {
    stopping = true
    await Promise.all(kills.map(kill => kill()))
    await rm(directory, { recursive: true, force: true })
    await guard.dismiss()
  }

  return { start, died, stop }
}

/**
 * A shell that outlives this process, in whatever way it ends (SIGKILL by a test runner included: no handler
 * of ours would run), by as long as it takes to kill the watched processes and to remove the directory: its
 * input ends with us. Its own process group, so that Ctrl-C does not end it first.
 */
function guardOf(directory: string) {
  const script = `
    while read -r pid; do pids="$pids $pid"; done
    kill -9 $pids
    rm -rf "$1" || { sleep 1; rm -rf "$1"; }`
  const shell = spawn('sh', ['-c', script, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = once(shell, 'exit')
  shell.unref()
  return {
    watch: (pid: number) => shell.stdin.write(`${pid}\n`),
    async dismiss() {
      shell.ref() // what is awaited must keep this process alive
      shell.kill('SIGKILL')
      await ended
    },
  }
}

async function lastLines(file: string, lines = 20): Promise<string> {
  const text = await readFile(file, 'utf8')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}
