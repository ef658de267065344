import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import packageJson from '../../package.json' with { type: 'json' }

/**
 * Prints the krew manifest (`kubectl krew install pillion`) for the archives in a directory, which
 * tools/release/executable.ts writes. https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
 *
 *     node tools/release/krew.ts DIRECTORY https://example.com/pillion/releases/download/v0.1.0
 */
const [directory, address] = process.argv.slice(2)
if (!directory || !address) {
  console.error('usage: node tools/release/krew.ts DIRECTORY ADDRESS')
  process.exit(2)
}
const systems = ['linux-amd64', 'linux-arm64', 'darwin-amd64', 'darwin-arm64']

const manifest = {
  apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
  kind: 'Plugin',
  metadata: { name: 'pillion' },
  spec: {
    version: `v${packageJson.version}`,
    shortDescription: 'Inject sidecars by annotation, and explain why',
    description: packageJson.description,
    platforms: await Promise.all(systems.map(platform)),
  },
}
console.log(stringify(manifest, { lineWidth: 0 }).trimEnd())

async function platform(system: string): Promise<object> {
  const archive = `pillion-${system}.tar.gz`
  const [os, arch] = system.split('-')
  return {
    selector: { matchLabels: { os, arch } },
    uri: `${address}/${archive}`,
    sha256: createHash('sha256')
      .update(await readFile(join(directory ?? '', archive)))
      .digest('hex'),
    bin: 'pillion',
  }
}
