import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Problem } from '../problems/problem.ts'
import { collect, type Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import { parseProfiles } from '../profile/yaml/parse.ts'
import { type Files, readFiles } from './file-bytes.ts'

/** The profiles of a directory, the problems of its files, and the profiles by file. */
export interface Loaded {
  readonly profiles: Profiles
  readonly problems: readonly Problem[]
  readonly byFile: ReadonlyMap<string, readonly Profile[]>
}

/**
 * Reads the *.yaml, *.yml and *.json files of a directory, without subdirectories: the valid profiles, and all problems
 * with their positions. A directory that cannot be read is a problem, too.
 */
export async function readProfiles(directory: string): Promise<Loaded> {
  return load(await readProfileFiles(directory))
}

/** Whether the directory could be read. Its files may still have problems. */
export function isRead(directory: string, files: Files): boolean {
  return !(files.get(keyOf(directory)) instanceof Error)
}

/** The bytes of a directory's profile files, in the order of their names. */
export async function readProfileFiles(directory: string): Promise<Files> {
  const names = await readdir(directory).catch((error: Error) => error)
  if (names instanceof Error) return new Map([[keyOf(directory), names]])
  // Names with a leading dot belong to editors, and to the symbolic links of a mounted ConfigMap.
  const files = names.filter(name => /^[^.].*\.(ya?ml|json)$/.test(name)).sort()
  return readFiles(files.map(name => join(directory, name)))
}

/**
 * The profiles in files, compared with the previous load. If a file has problems now, its previous profiles stay, unless a
 * file has them again. The profiles of a deleted file are gone.
 */
export function load(files: Files, previous?: Loaded): Loaded {
  const byFile = new Map<string, readonly Profile[]>()
  const problems: Problem[] = []
  const doubtful = new Set<string>()
  for (const [file, content] of files) {
    const read = Buffer.isBuffer(content) ? parsed(content, file) : unreadable(file, content)
    byFile.set(file, read.profiles)
    problems.push(...read.problems)
    if (read.problems.length > 0) doubtful.add(file)
  }
  const given = new Set([...byFile.values()].flat().map(identity))
  for (const [file, before] of previous?.byFile ?? []) {
    // If the directory cannot be read, its files are not known to be deleted.
    if (!doubtful.has(file) && !doubtful.has(dirname(file))) continue
    const kept = before.filter(profile => !given.has(identity(profile)))
    byFile.set(file, [...(byFile.get(file) ?? []), ...kept])
  }
  const fileOf = new Map([...byFile].flatMap(([file, profiles]) => profiles.map(profile => [profile, file])))
  const { profiles, refused } = collect([...fileOf.keys()])
  const taken = refused.map(({ profile, problem }) => ({ ...problem, file: fileOf.get(profile)! }))
  return { profiles, problems: [...problems, ...taken], byFile }
}

export function catalogDirectory(): string {
  return shippedDirectory('catalog')
}

/** A directory that ships with Pillion: beside `src/`, or beside the directory of the bundle. */
export function shippedDirectory(name: 'catalog' | 'examples'): string {
  const candidates = [`../../${name}`, `../${name}`].map(path =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return candidates.find(existsSync) ?? candidates[0]!
}

/** The directory's path as `dirname` gives it for its files. */
function keyOf(directory: string): string {
  return dirname(join(directory, 'file'))
}

/** A file that causes a bug must not stop Pillion from reading the other files. */
function parsed(
  content: Buffer,
  file: string,
): { profiles: readonly Profile[]; problems: readonly Problem[] } {
  try {
    return parseProfiles(content.toString(), file)
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error
    const message = `Pillion cannot handle this file (${name}): this is a bug in Pillion, please report it`
    return { profiles: [], problems: [{ path: [], file, message }] }
  }
}

function unreadable(file: string, { message }: Error): { profiles: Profile[]; problems: Problem[] } {
  return { profiles: [], problems: [{ path: [], file, message: `cannot be read: ${message}` }] }
}

function identity({ kind, namespace = '', name }: Profile): string {
  return `${kind}/${namespace}/${name}`
}
