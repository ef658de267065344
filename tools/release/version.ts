import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Fails if the tag does not match the version in package.json, Chart.yaml and CHANGELOG.md:
 * `node tools/release/version.ts v0.1.0`. It runs before `npm ci`.
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
  console.error(`${place}: ${found ?? 'no version'} does not match the tag ${tag}`)
  process.exitCode = 1
}
