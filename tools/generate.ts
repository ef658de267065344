import { globSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { manifests } from './chart/manifests.ts'
import type { Files } from './files.ts'
import { generated } from './generated-files.ts'

/**
 * Writes what is made from something else: `npm run generate`. With `-- --check` it writes nothing and names the files that
 * differ. Exits with 1 if a file differs or something is missing. Helm renders deploy/: without it that part
 * is left out.
 */
const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

const { files, pages, problems } = await generated(root)
for (const problem of problems) complain(problem)
if (Object.keys(files).length > 0) {
  await write({ ...files, ...pages })
  await removeAllBut(Object.keys(files), 'charts/pillion/catalog/*.yaml')
  const rendered = await manifests(root)
  if (rendered) await write(rendered)
  else console.error('deploy/ was left out: there is no helm; see https://helm.sh/docs/intro/install/')
}

async function write(texts: Files): Promise<void> {
  for (const [file, text] of Object.entries(texts)) {
    const path = join(root, file)
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
    if (isCheck) {
      complain(`${file} is out of date: run \`npm run generate\``)
    } else {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      console.error(`${file}: ${Buffer.byteLength(text)} bytes`)
    }
  }
}

async function removeAllBut(kept: readonly string[], pattern: string): Promise<void> {
  for (const file of globSync(pattern, { cwd: root })) {
    if (kept.includes(file)) continue
    if (isCheck)
      complain(`${file}: its profile is not in catalog/ any more; \`npm run generate\` deletes the file`)
    else await rm(join(root, file))
  }
}

function complain(what: string): void {
  console.error(what)
  process.exitCode = 1
}
