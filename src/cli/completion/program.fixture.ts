import { Command } from 'commander'
import { inject } from '../inject/command.ts'
import { processIo } from '../io.ts'
import { profiles } from '../profiles/command.ts'
import { completion } from './command.ts'

/** A program with a few commands, for shells that are told to complete it. */
const program = new Command('pillion')
for (const command of [completion, inject, profiles]) program.addCommand(command(processIo(), () => {}))
await program.parseAsync()
