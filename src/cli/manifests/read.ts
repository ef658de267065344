import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from '../../problems/problem.ts'
import { Failure, type Io } from '../io.ts'
import { type Manifest, parseManifest } from '../yaml/manifest.ts'

/** Reads manifests from files, from the *.yaml, *.yml and *.json files of directories, and from stdin. */
export async function readManifests(filenames: readonly string[], io: Io): Promise<readonly Manifest[]> {
  const read = (await readTexts(filenames, io)).map(([file, text]) => parseManifest(text, file))
  const problems = read.flatMap(result => ('problems' in result ? result.problems.map(describe) : []))
  if (problems.length > 0) throw new Failure(1, ...problems)
  return read.flatMap(result => ('manifest' in result ? [result.manifest] : []))
}

/** The texts of files, directories and stdin, each with the name of its file. */
export async function readTexts(
  filenames: readonly string[],
  io: Io,
): Promise<readonly (readonly [file: string, text: string])[]> {
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
  if (problems.length > 0) throw new Failure(2, ...problems)
  return texts
}

async function filesBehind(filename: string): Promise<readonly string[]> {
  if (filename === '-' || !(await stat(filename)).isDirectory()) return [filename]
  const names = (await readdir(filename)).filter(name => /\.(ya?ml|json)$/.test(name)).sort()
  if (names.length === 0) throw new Error('no *.yaml, *.yml or *.json file in it')
  return names.map(name => join(filename, name))
}
