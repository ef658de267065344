import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Refuses a tag that does not name the version that everything else names: `node tools/release/version.ts v0.1.0`. Needs
 * nothing installed.
 */
const [tag] = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFile(join(root, file), 'utf8').catch(() => '')

const { version } = JSON.parse(await read('package.json'))
const chart = await read('charts/pillion/Chart.yaml')
const named = {
  'package.json': version,
  'charts/pillion/Chart.yaml: version': chart.match(/^version: "?([^"\s]+)/m)?.[1],
  'charts/pillion/Chart.yaml: appVersion': chart.match(/^appVersion: "?([^"\s]+)/m)?.[1],
  'CHANGELOG.md': (await read('CHANGELOG.md')).match(/^## \[?(\d+\.\d+\.\d+[^\]\s]*)/m)?.[1],
}
for (const [place, found] of Object.entries(named)) {
  if (`v${found}` === tag) continue
  console.error(`${place} says ${found ?? 'nothing'}, the tag ${tag}`)
  process.exitCode = 1
}
