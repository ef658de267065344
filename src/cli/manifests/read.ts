import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Manifest, parseManifest } from '../../manifest/yaml/manifest.ts'
import { fileProblem } from '../../problems/file-problem.ts'
import { describe } from '../../problems/problem.ts'
import { Failure, type Io } from '../io.ts'
import { kustomized } from './kustomize.ts'

/** The options that name manifests. */
export interface ManifestFlags {
  readonly filename?: readonly string[]
  /** A directory with a kustomization. */
  readonly kustomize?: string
  /** Subdirectories of directories, too. */
  readonly recursive?: true
}

/** Manifests, without the documents that are not valid YAML, and what is wrong with those. */
interface ReadManifests {
  readonly manifests: readonly Manifest[]
  readonly problems: readonly string[]
}

/** Reads manifests from files, from the *.yaml, *.yml and *.json files of directories, from stdin, or from kustomize. */
export async function readManifests(flags: ManifestFlags, io: Io): Promise<ReadManifests> {
  const texts = await textsOf(flags, io)
  const read = texts.map(([file, text]) => parseManifest(text, file))
  return {
    manifests: read.map(({ manifest }) => manifest),
    problems: read.flatMap(({ problems }) => problems.map(describe)),
  }
}

type NamedText = readonly [file: string, text: string]

async function textsOf({ filename, kustomize, recursive }: ManifestFlags, io: Io) {
  if (kustomize === undefined) {
    if (filename === undefined) throw new Failure(2, whichManifests)
    return readTexts(filename, io, recursive)
  }
  if (filename) throw new Failure(2, 'name manifests with -f or with -k, not with both')
  return [[kustomize, await kustomized(kustomize)]] as const
}

const whichManifests = 'name manifests: -f FILE, -f DIR, -f - for stdin, or -k DIR for a kustomization'

/** The texts of files, directories and stdin, each with the name of its file. */
export async function readTexts(
  filenames: readonly string[],
  io: Io,
  isRecursive = false,
): Promise<readonly NamedText[]> {
  const texts: NamedText[] = []
  const problems: string[] = []
  for (const filename of filenames) {
    try {
      for (const file of await filesBehind(filename, isRecursive)) {
        texts.push([file, file === '-' ? await io.stdin() : await readFile(file, 'utf8')])
      }
    } catch (error) {
      problems.push(`${filename}: ${fileProblem(error)}`)
    }
  }
  if (problems.length > 0) throw new Failure(2, ...problems)
  return texts
}

async function filesBehind(filename: string, recursive: boolean): Promise<readonly string[]> {
  if (filename === '-' || !(await stat(filename)).isDirectory()) return [filename]
  // With their types, so that a link to a directory is not followed: it may lead back.
  const entries = await readdir(filename, { recursive, withFileTypes: true })
  const names: string[] = []
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name)
    if (/\.(ya?ml|json)$/.test(name) && (await isRegular(entry, name))) names.push(name)
  }
  if (names.length === 0) {
    const hint = recursive ? '' : '; -R also reads subdirectories'
    throw new Error(`no *.yaml, *.yml or *.json file in it${hint}`)
  }
  return names.sort()
}

/** Whether it is a file, or a link to one: a directory may have such a name, and reading a named pipe waits for its writer. */
async function isRegular(entry: Dirent, path: string): Promise<boolean> {
  return entry.isSymbolicLink() ? (await stat(path)).isFile() : entry.isFile()
}
