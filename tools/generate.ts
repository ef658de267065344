import { globSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { customResourceDefinition } from '../src/profile/schema/crd.ts'
import type { Kind } from '../src/profile/schema/schema.ts'
import { chartFiles } from './chart/files.ts'
import { manifests } from './chart/manifests.ts'
import { limitsPage } from './docs/limits-page.ts'
import { catalogPages } from './docs/pages.ts'

/**
 * Writes what is made from something else: `node tools/generate.ts`. With `--check` it writes nothing, names the files
 * that differ, and exits with 1 when there are any. deploy/ is rendered by Helm: without it that part is left out.
 */
const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

await write({
  'charts/pillion/charts/crds/crds/clustersidecarprofiles.yaml': definition('ClusterSidecarProfile'),
  'charts/pillion/charts/crds/crds/sidecarprofiles.yaml': definition('SidecarProfile'),
  ...chartFiles(root),
  ...limitsPage(),
  ...(await catalogPages(root)),
})
await removeAllBut(Object.keys(chartFiles(root)), 'charts/pillion/catalog/*.yaml')

const rendered = await manifests(root)
if (rendered) await write(rendered)
else console.error('deploy/ was left out: there is no helm; see https://helm.sh/docs/intro/install/')

function definition(kind: Kind): string {
  const text = stringify(customResourceDefinition(kind), { aliasDuplicateObjects: false, lineWidth: 0 })
  return `# Made by tools/generate.ts from src/profile/schema/schema.ts.\n${text}`
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, file)
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
    if (isCheck) {
      differs(`${file} is not what \`node tools/generate.ts\` makes`)
    } else {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      console.error(`${file}: ${Buffer.byteLength(text)} bytes`)
    }
  }
}

async function removeAllBut(files: readonly string[], pattern: string): Promise<void> {
  for (const file of globSync(pattern, { cwd: root })) {
    if (files.includes(file)) continue
    if (isCheck) differs(`${file} is made from nothing any more`)
    else await rm(join(root, file))
  }
}

function differs(what: string): void {
  console.error(what)
  process.exitCode = 1
}
