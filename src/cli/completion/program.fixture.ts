import { Command } from 'commander'
import { command as inject } from '../inject/command.ts'
import { processIo } from '../io.ts'
import { command as profiles } from '../profiles/command.ts'
import { command as completion } from './command.ts'

/** A program with a few commands, for which shells complete words. */
const program = new Command('pillion')
for (const command of [completion, inject, profiles]) program.addCommand(command(processIo(), () => {}))
await program.parseAsync()
