import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildWithGo, goProblem } from './apiserver/build.ts'

/** A program in Go that tests run. It is built once for each machine and version of its source. */
export interface TestProgram {
  /** Why it cannot be had; undefined if it can. */
  readonly problem: string | undefined
  /** The path of the program. */
  built(): Promise<string>
}

/** `purpose` completes the sentence "no NAME to …". */
export async function goProgram(source: string, name: string, purpose: string): Promise<TestProgram> {
  const contents = createHash('sha256')
  for (const file of globSync('*', { cwd: source }).toSorted())
    contents.update(readFileSync(join(source, file)))
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pillion')
  const directory = join(cache, `${name}-${contents.digest('hex').slice(0, 10)}`)
  const problem = existsSync(directory) ? undefined : await goProblem()
  return {
    problem: problem && `no ${name} to ${purpose}: ${problem}; install Go 1.24 or newer`,
    async built() {
      if (!existsSync(directory))
        await buildWithGo(directory, { source, name, title: name, linkerFlags: '-s -w' })
      return join(directory, name)
    },
  }
}
