import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Packs the CLI for npm, as DIRECTORY/pillion-VERSION.tgz (default: tools/release/out), from a built dist/. Its
 * package.json lists no dependencies, because the bundle contains them: `npx pillion` fetches one package.
 *
 *     npx node tools/release/package.ts [DIRECTORY]
 */
const root = join(import.meta.dirname, '../..')
const out = process.argv[2] ?? join(import.meta.dirname, 'out')
const directory = join(out, 'package')
const kept = ['name', 'version', 'description', 'license', 'repository', 'type', 'engines', 'bin', 'files']

const ours: Record<string, unknown> = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const theirs = Object.fromEntries(kept.flatMap(key => (key in ours ? [[key, ours[key]]] : [])))
const files = ours['files'] as readonly string[]

await rm(directory, { recursive: true, force: true })
await mkdir(directory, { recursive: true })
for (const file of [...files, 'README.md', 'LICENSE']) {
  await cp(join(root, file), join(directory, file), { recursive: true })
}
await writeFile(join(directory, 'package.json'), `${JSON.stringify(theirs, undefined, 2)}\n`)
const { stdout } = await promisify(execFile)('npm', ['pack', directory, '--pack-destination', out])
console.log(join(out, stdout.trim()))
