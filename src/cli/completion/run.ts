import type { ExitCode, Io } from '../io.ts'
import { type Shell, scripts } from './scripts.ts'

/** Prints the script of a shell. */
export function run(_: object, io: Io, [shell]: readonly string[]): ExitCode {
  io.out(scripts[shell as Shell])
  return 0
}
