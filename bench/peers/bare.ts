import { join } from 'node:path'
import { bundled } from '../process/bundled.ts'

/** Makes node/bare.ts one file; gives its path, in that directory. */
export async function bareIn(directory: string): Promise<string> {
  const outfile = join(directory, 'bare.mjs')
  await bundled(join(import.meta.dirname, 'node/bare.ts'), outfile)
  return outfile
}
