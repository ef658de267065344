import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '../../problems/problem.ts'
import type { Io } from '../io.ts'
import { type Manifest, parseManifest } from '../yaml/manifest.ts'

/** What is wrong, each on a line; `unusable` when a file cannot even be read. */
export interface Unread {
  readonly problems: readonly string[]
  readonly unusable: boolean
}

/** The manifests in files, in the *.yaml, *.yml and *.json files of directories, or in the standard input. */
export async function readManifests(
  filenames: readonly string[],
  io: Io,
): Promise<{ readonly manifests: readonly Manifest[] } | Unread> {
  const files = await readTexts(filenames, io)
  if ('problems' in files) return files
  const read = files.texts.map(([file, text]) => parseManifest(text, file))
  const problems = read.flatMap(result => ('problems' in result ? result.problems.map(describe) : []))
  if (problems.length > 0) return { problems, unusable: false }
  return { manifests: read.flatMap(result => ('manifest' in result ? [result.manifest] : [])) }
}

/** The texts behind filenames, with the name of each. */
export async function readTexts(
  filenames: readonly string[],
  io: Io,
): Promise<{ readonly texts: readonly (readonly [string, string])[] } | Unread> {
  const texts: (readonly [string, string])[] = []
  const problems: string[] = []
  for (const filename of filenames) {
    try {
      for (const file of await filesBehind(filename)) {
        texts.push([file, file === '-' ? await io.stdin() : await readFile(file, 'utf8')])
      }
    } catch (error) {
      problems.push(`${filename}: ${(error as Error).message}`)
    }
  }
  return problems.length > 0 ? { problems, unusable: true } : { texts }
}

async function filesBehind(filename: string): Promise<readonly string[]> {
  if (filename === '-' || !(await stat(filename)).isDirectory()) return [filename]
  const names = (await readdir(filename)).filter(name => /\.(ya?ml|json)$/.test(name)).sort()
  if (names.length === 0) throw new Error('no *.yaml, *.yml or *.json file in it')
  return names.map(name => join(filename, name))
}
