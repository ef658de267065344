import { Command } from 'commander'
import { completion } from './completion.ts'
import { inject } from './inject.ts'
import { processIo } from './io.ts'
import { profiles } from './profiles.ts'

/** A program with a few commands, for shells that are told to complete it. */
const program = new Command('pillion')
for (const command of [completion, inject, profiles]) program.addCommand(command(processIo(), () => {}))
await program.parseAsync()
