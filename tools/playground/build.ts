import { globSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { minify } from 'rolldown/utils'
import { licensesOf } from '../release/licenses.ts'
import { smaller } from './smaller.ts'

const root = join(import.meta.dirname, '../..')
const sources = join(root, 'src/playground')

/** What the page may cost: all that a browser loads, as gzip, in bytes. */
export const budget = 350 * 1024

const bundle = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: ['chrome123', 'firefox120', 'safari17.5'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
  plugins: [smaller],
} satisfies BuildOptions

/** Writes the playground into a directory, as static files with relative URLs. Gives the size of each file as gzip, in bytes. */
export async function buildPlayground(directory: string): Promise<ReadonlyMap<string, number>> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const scripts = { 'page.js': 'page/page.ts', 'worker.js': 'worker.ts', 'theme.js': 'page/theme.ts' }
  const define = { playgroundExamples: JSON.stringify(await examples()) }
  const bundles = Object.entries(scripts).map(([file, source]) =>
    build({
      ...bundle,
      entryPoints: [join(sources, source)],
      outfile: join(directory, file),
      // The page is a module, because it waits for its files; the others are not, because they run at once.
      format: file === 'page.js' ? 'esm' : 'iife',
      define,
    }),
  )
  const styles = build({
    ...bundle,
    entryPoints: [join(sources, 'page/playground.css')],
    outfile: join(directory, 'playground.css'),
  })
  const built = await Promise.all([...bundles, styles])
  await Promise.all(['page.js', 'worker.js'].map(file => minifyAgain(join(directory, file))))
  await copyFile(join(sources, 'page/index.html'), join(directory, 'index.html'))
  await writeFile(join(directory, 'profiles.json'), JSON.stringify(await catalog()))
  const loaded = globSync('*', { cwd: directory }).sort()
  const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs))
  await writeFile(join(directory, 'LICENSES.txt'), await licensesOf(inputs))
  return new Map(
    await Promise.all(
      loaded.map(
        async file => [file, gzipSync(await readFile(join(directory, file)), { level: 9 }).length] as const,
      ),
    ),
  )
}

/** esbuild leaves 10 KB, as gzip, that another minifier finds. */
async function minifyAgain(file: string): Promise<void> {
  const { code, errors } = await minify(file, await readFile(file, 'utf8'), {
    module: file.endsWith('page.js'),
    compress: { target: 'es2022', treeshake: { propertyReadSideEffects: false } },
    mangle: { toplevel: true },
  })
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  await writeFile(file, code)
}

/** The sizes of all files as a line. */
export function sizesText(sizes: ReadonlyMap<string, number>): string {
  const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1024)} KB`
  const each = [...sizes].map(([file, size]) => `${file} ${kilobytes(size)}`).join(', ')
  return `playground: ${kilobytes(total(sizes))} of ${kilobytes(budget)} as gzip (${each})`
}

/** What a browser loads, in bytes. */
export function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/**
 * The examples in the order of their file names. The first line of each is its title, the second one what it shows. The
 * documents that are profiles become files of the editor of profiles.
 */
export async function examples() {
  const files = globSync('examples/*.yaml', { cwd: sources }).sort()
  return Promise.all(
    files.map(async file => {
      const [title = '', sentence = '', ...lines] = (await readFile(join(sources, file), 'utf8')).split('\n')
      const documents = lines.join('\n').split(/^---\n/m)
      const [own = [], manifest = []] = [true, false].map(are =>
        documents.filter(text => /^kind: ClusterSidecarProfile$/m.test(text) === are),
      )
      return {
        title: title.slice(2),
        sentence: sentence.slice(2),
        manifest: manifest.join('---\n'),
        profiles: Object.fromEntries(
          own.map(text => [`own/${/^ {2}name: (\S+)$/m.exec(text)?.[1]}.yaml`, text]),
        ),
      }
    }),
  )
}

/** The file profiles.json of a page with the built-in catalog. */
export async function catalog() {
  const files = globSync('catalog/*.yaml', { cwd: root }).sort()
  const profiles = await Promise.all(
    files.map(async file => ({ file, text: await readFile(join(root, file), 'utf8') })),
  )
  return { from: 'the built-in catalog', flags: ['--profiles', 'catalog'], profiles }
}
