import { Command } from 'commander'
import { addCommands } from '../commands.ts'
import { processIo } from '../io.ts'

/** A program with all commands, for which shells complete words. */
const program = new Command('pillion')
addCommands(program, processIo(), () => {})
await program.parseAsync()
