import { writeFile } from 'node:fs/promises'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { catalogWord, givenProfiles } from '../manifests/given-profiles.ts'
import { replaceFile } from '../manifests/in-place.ts'
import type { CaseResult } from './case-result.ts'
import { coverageOf } from './coverage.ts'
import { caseFolders } from './folders.ts'
import { formats } from './formats.ts'
import { judge } from './judge.ts'

interface TestFlags {
  readonly profiles?: readonly string[]
  readonly kubernetesVersion?: readonly string[]
  readonly update?: true
  readonly requireCoverage?: true
  readonly output: keyof typeof formats
}

/** Runs the test cases in folders; 1 when one fails. With `--update`, writes what they expect. */
export async function run(flags: TestFlags, io: Io, roots: readonly string[]): Promise<ExitCode> {
  const folders = await caseFolders(roots)
  const isNeeded = flags.profiles !== undefined || folders.some(({ profiles }) => !profiles)
  const fallback = isNeeded ? await givenProfiles(flags.profiles ?? [catalogWord], io) : undefined
  const versions = flags.kubernetesVersion?.map(minorOf)
  const results: CaseResult[] = []
  for (const folder of folders) {
    const judged = judge(folder, fallback, versions)
    results.push(...(flags.update ? await updated(judged) : judged))
  }
  // Only profiles that somebody names are to be covered as a whole: nobody tests all of the catalog.
  const coverage = coverageOf(
    results,
    flags.profiles?.some(name => name !== catalogWord) ? fallback : undefined,
  )
  const isCovered = !flags.requireCoverage || coverage.every(({ missing }) => missing.length === 0)
  io.out(
    formats[flags.output](
      { results, coverage, requiresCoverage: flags.requireCoverage === true },
      io.isColoured,
    ),
  )
  return isCovered && results.every(({ status }) => status === 'passed' || status === 'updated') ? 0 : 1
}

/** `v1.28.3` → `1.28`: only the minor version counts, and names the files. */
function minorOf(version: string): string {
  return version.replace(/^v/, '').split(/[.+-]/).slice(0, 2).join('.')
}

async function updated(results: readonly CaseResult[]): Promise<readonly CaseResult[]> {
  const written: CaseResult[] = []
  for (const result of results) {
    const { file, update } = result
    if (!update) {
      written.push(result)
      continue
    }
    const { diff: _, ...rest } = result
    try {
      if (update.before === undefined) await created(file, update.text)
      else await replaceFile(file, update.before, update.text)
      written.push({ ...rest, status: 'updated', messages: [] })
    } catch (error) {
      // The others are written, and the report says which.
      if (!(error instanceof Failure)) throw error
      written.push({ ...rest, status: 'invalid', messages: error.problems })
    }
  }
  return written
}

async function created(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    throw new Failure(2, `${file}: ${(error as Error).message}`)
  }
}
