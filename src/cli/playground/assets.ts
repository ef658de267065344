import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../io.ts'

/** A file of the page. */
export interface Asset {
  readonly type: string
  readonly content: Buffer
}

/**
 * The files of the page by their paths, from the first of the directories that has them. All are read before the first request.
 */
export async function assetsOf(directories = built): Promise<ReadonlyMap<string, Asset>> {
  for (const directory of directories) {
    const names = await readdir(directory).catch((): string[] => [])
    if (!names.includes('index.html')) continue
    const assets = await Promise.all(
      names.map(async name => {
        const content = await readFile(join(directory, name))
        return [`/${name}`, { type: types[extname(name)] ?? 'text/plain; charset=utf-8', content }] as const
      }),
    )
    return new Map(assets)
  }
  throw new Failure(2, 'the files of the playground are not there: run npm run build')
}

/** Where `npm run build` puts them: beside the bundle, or as seen from this file. */
const built = ['./playground', '../../../dist/playground'].map(path =>
  fileURLToPath(new URL(path, import.meta.url)),
)

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
}
