import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from '../io.ts'

/** What kustomize makes of a directory, by kubectl or by the program kustomize. Ends the command if neither can. */
export async function kustomized(directory: string): Promise<string> {
  for (const [program, ...words] of programs) {
    try {
      const { stdout } = await promisify(execFile)(program, [...words, directory], { maxBuffer: mostBytes })
      return stdout
    } catch (error) {
      const { code, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: string }
      if (code === 'ENOENT') continue
      throw new Failure(2, `${[program, ...words, directory].join(' ')}: ${stderr?.trim() || message}`)
    }
  }
  throw new Failure(
    2,
    '-k needs the program kubectl or kustomize on the PATH: install one, or pipe its output to -f -',
  )
}

const programs = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
] as const

const mostBytes = 64 * 1024 * 1024
