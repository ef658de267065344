import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { customResourceDefinition } from './src/profile/crd.ts'

/**
 * Writes what is made from the schema of a profile: `node generate.ts`. With `--check` it writes nothing,
 * names the files that differ, and exits with 1 when there are any.
 */
const files = {
  'charts/pillion/crds/clustersidecarprofiles.yaml': customResourceDefinition('ClusterSidecarProfile'),
  'charts/pillion/crds/sidecarprofiles.yaml': customResourceDefinition('SidecarProfile'),
}

const isCheck = process.argv.includes('--check')

for (const [file, object] of Object.entries(files)) {
  const path = join(import.meta.dirname, file)
  const text = `# Made by generate.ts from src/profile/schema.ts.\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
  if (isCheck) {
    console.error(`${file} is not what \`node generate.ts\` makes`)
    process.exitCode = 1
  } else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    console.error(`${file}: ${Buffer.byteLength(text)} bytes`)
  }
}
