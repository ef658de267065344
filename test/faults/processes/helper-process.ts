import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Runs a program of this folder beside the test, until the end of the scope. Its stdout is on stderr of this process. */
export function beside(program: string, ...args: readonly (string | number)[]): AsyncDisposable {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args.map(String)], {
    stdio: ['ignore', process.stderr, 'inherit'],
  })
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  return {
    async [Symbol.asyncDispose]() {
      process.off('exit', onExit)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}
