import { serve } from '../../server/main.ts'
import { readOptions } from '../../server/options.ts'
import { type ExitCode, Failure } from '../io.ts'

/** Starts the server, which then runs until the process is told to stop; 2 when it cannot start. */
export async function run(flags: Readonly<Record<string, string | undefined>>): Promise<ExitCode> {
  const read = readOptions(flags, process.env)
  const started = 'problems' in read ? read : await serve(read.options)
  if ('problems' in started) throw new Failure(2, ...started.problems)
  return 0
}
