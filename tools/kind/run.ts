import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The checkout; every command runs there. */
export const root = join(import.meta.dirname, '../..')

export interface Ran {
  /** The exit code; 127 if the program does not exist. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Input {
  readonly stdin?: string
  /** In place of the checkout. */
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], input: Input = {}): Promise<Ran> {
  const { stdin = '', environment = {}, directory = root } = input
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: directory, env: { ...process.env, ...environment } })
    const written = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text
      })
    }
    child.on('error', ({ message }) => resolve({ code: 127, stdout: '', stderr: message }))
    child.on('close', code => resolve({ code: code ?? 1, ...written }))
    // A program may end without having read its input.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

/** Runs a program that must succeed, and returns its output. If it fails, throws with its stderr. */
export async function output(command: string, args: readonly string[], input: Input = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, input)
  if (code === 0) return stdout
  throw new Error(`${[command, ...args].join(' ')} ended with ${code}\n${stderr || stdout}`)
}
