import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { assetsOf } from './assets.ts'
import {
  countsIn,
  isClean,
  type Result,
  readRecord,
  recordFile,
  recordText,
  tableOf,
} from './tested-versions.ts'
import { selectedVersions } from './versions.ts'

/**
 * Runs the tests that use an API server on several versions of it: `npm run matrix`, or `npm run matrix -- 1.33 1.37`.
 * Prints a table, and exits with 1 if a test failed or was skipped. Writes the result of each other version into the record,
 * and the tables in the documents from it.
 */
const root = join(import.meta.dirname, '../..')
const tests = ['test/apiserver', 'test/chart/apiserver.test.ts']

async function matrix(versions: readonly string[]): Promise<void> {
  const results: Result[] = []
  for (const version of versions) {
    process.stderr.write(`== Kubernetes ${version}\n`)
    results.push(await resultOf(version))
  }
  const record = readRecord(root)
  for (const result of results) if (isClean(result)) record[result.version] = result
  await writeFile(join(root, recordFile), recordText(record))
  // The tests of the next version check that the documents have the tables of the record.
  await promisify(execFile)(process.execPath, ['tools/generate.ts'], { cwd: root })
  process.stdout.write(`${tableOf(results)}\n`)
  if (!results.every(isClean)) process.exitCode = 1
}

async function resultOf(version: string): Promise<Result> {
  const { missing, etcd } = await assetsOf(version)
  if (missing !== undefined) throw new Error(missing)
  const directory = await mkdtemp(join(tmpdir(), 'pillion-matrix-'))
  try {
    const report = join(directory, 'report.json')
    const startMs = performance.now()
    const code = await vitest(['--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
      KUBEBUILDER_ASSETS: dirname(etcd),
    })
    const seconds = Math.round((performance.now() - startMs) / 1000)
    return { version, ...countsIn(JSON.parse(await readFile(report, 'utf8')), code), seconds }
  } finally {
    await rm(directory, { recursive: true })
  }
}

function vitest(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [program, 'run', '--project', 'api-server', ...tests, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((resolve, reject) =>
    child.once('exit', code => resolve(code ?? 1)).once('error', reject),
  )
}

await matrix(selectedVersions(process.argv.slice(2)))
