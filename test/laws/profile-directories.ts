import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { profileDocuments } from './arbitrary.ts'

interface ProfileDirectory {
  readonly directory: string
}

/** Random sets of profiles, each in a directory of its own below `parent`, which commands can read. */
export function profileDirectories(parent: string, count: number): Promise<readonly ProfileDirectory[]> {
  return Promise.all(
    fc.sample(profileDocuments, count).map(async (documents, i) => {
      const directory = join(parent, String(i))
      await mkdir(directory)
      for (const [j, document] of documents.entries())
        await writeFile(join(directory, `${j}.json`), JSON.stringify(document))
      // A counterexample is read by people.
      return { directory, [fc.toStringMethod]: () => JSON.stringify(documents) }
    }),
  )
}
