import { realpathSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { addCommands } from './commands.ts'
import { type ExitCode, Failure, type Io, processIo } from './io.ts'

/** Runs the command line; returns the exit code of the process. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0
  const isPlugin = basename(argv[1] ?? '').startsWith('kubectl-')
  const program = new Command(isPlugin ? 'kubectl pillion' : 'pillion')
    .description(
      'Injects sidecars, init containers and shared volumes into Pods that request them by annotation.',
    )
    .version(packageJson.version)
    .configureOutput({ writeOut: text => io.out(text), writeErr: text => io.err(text) })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 something is denied, invalid, missed or broken; 2 wrong usage, or no cluster answers.',
    )
  addCommands(program, io, ended => {
    code = ended
  })
  try {
    await program.parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof Failure)) throw error
    for (const problem of error.problems) io.err(`${problem}\n`)
    return error.code
  }
}

// Node 22 does not know import.meta.main.
const isProgram = import.meta.main ?? realpathSync(process.argv[1] ?? '') === fileURLToPath(import.meta.url)
if (isProgram) {
  enableCompileCache()
  start()
}

/** Runs the command line of this process. */
export function start(): void {
  // No top-level await: the single executable is CommonJS.
  void main(process.argv, processIo()).then(code => {
    process.exitCode = code
  })
}
