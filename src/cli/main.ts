#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { completion } from './completion/command.ts'
import { crds } from './crds/command.ts'
import { demo } from './demo/command.ts'
import { doctor } from './doctor/command.ts'
import { explain } from './explain/command.ts'
import { inject } from './inject/command.ts'
import { type ExitCode, type Io, processIo } from './io.ts'
import type { CommandFile } from './options.ts'
import { profiles } from './profiles/command.ts'
import { serve } from './serve/command.ts'
import { status } from './status/command.ts'
import { sweep } from './sweep/command.ts'
import { uninject } from './uninject/command.ts'
import { validate } from './validate/command.ts'

const commands: readonly CommandFile[] = [
  inject,
  uninject,
  explain,
  profiles,
  validate,
  doctor,
  status,
  sweep,
  completion,
  crds,
  demo,
  serve,
]

/** Runs the command line; gives the process's exit code. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0
  const isPlugin = basename(argv[1] ?? '').startsWith('kubectl-')
  const program = new Command(isPlugin ? 'kubectl pillion' : 'pillion')
    .description('Adds sidecars, init containers and shared volumes to Pods that ask for them by annotation.')
    .version(packageJson.version)
    .configureOutput({ writeOut: text => io.out(text), writeErr: text => io.err(text) })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 something is denied, invalid, missed or broken, 2 called wrongly, or no cluster answers.',
    )
  for (const command of commands) {
    program.addCommand(
      command(io, ended => {
        code = ended
      }).copyInheritedSettings(program),
    )
  }
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
