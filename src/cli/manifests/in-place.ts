import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileProblem } from '../../problems/file-problem.ts'
import { Failure } from '../io.ts'
import type { ManifestFlags } from './read.ts'

/** The option that replaces files instead of printing them. */
export interface InPlaceFlags extends ManifestFlags {
  readonly inPlace?: true
  readonly output: string
}

/** Ends the command when there is no file to replace, or when the output is not the manifest. */
export function checkInPlace({ inPlace, filename, kustomize, output }: InPlaceFlags): void {
  if (!inPlace) return
  if (filename?.includes('-') || kustomize !== undefined)
    throw new Failure(
      2,
      `-w replaces files: it needs -f FILE, not ${kustomize === undefined ? 'stdin' : '-k'}`,
    )
  if (output !== 'yaml')
    throw new Failure(2, `-w replaces files by manifests, so it cannot be combined with -o ${output}`)
}

/**
 * Replaces a file in one step, so that nobody reads half of it, if it still has the text that was read. Its mode stays; a
 * symbolic link leads to the new content.
 */
export async function replaceFile(file: string, before: string, text: string): Promise<void> {
  const target = await realpath(file)
  const { mode } = await stat(target)
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' })
    // Without what the umask takes away.
    await chmod(temporary, mode)
    const now = await readFile(target, 'utf8')
    // The new text is there already if the command names a file twice.
    if (now !== before && now !== text) throw new Error('somebody changed the file meanwhile; run it again')
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new Failure(2, `${file}: ${fileProblem(error)}`)
  }
}
