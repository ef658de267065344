#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { type ExitCode, type Io, processIo } from './io.ts'

/** All commands, in the order of `--help`. */
const commands = () =>
  Promise.all([
    import('./inject/command.ts'),
    import('./uninject/command.ts'),
    import('./explain/command.ts'),
    import('./profiles/command.ts'),
    import('./validate/command.ts'),
    import('./doctor/command.ts'),
    import('./status/command.ts'),
    import('./sweep/command.ts'),
    import('./completion/command.ts'),
    import('./crds/command.ts'),
    import('./demo/command.ts'),
    import('./serve/command.ts'),
  ])

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
  const end = (ended: ExitCode) => {
    code = ended
  }
  for (const { command } of await commands())
    program.addCommand(command(io, end).copyInheritedSettings(program))
  try {
    await program.parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

// Node 22 does not know import.meta.main.
const isProgram = import.meta.main ?? realpathSync(process.argv[1] ?? '') === fileURLToPath(import.meta.url)
if (isProgram) {
  enableCompileCache()
  // No top-level await: the single executable is CommonJS.
  void main(process.argv, processIo()).then(code => {
    process.exitCode = code
  })
}
