import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * `npm run check`, to run after each save: lints, formats and fixes the files that differ from HEAD, checks types, and
 * runs the unit tests near these files (`testsFor`). What else imports them is tested by `npm test`.
 */
const files = [
  ...gitLines('diff', '--name-only', 'HEAD'),
  ...gitLines('ls-files', '--others', '--exclude-standard'),
].filter(file => existsSync(file))

/** A change in one of these is tested in all of them. They start no server, so that their tests are quick. */
const deciding = ['limits', 'problems', 'json', 'order', 'template', 'profile', 'engine', 'admission']

const lint = ['check', '--write', '--error-on-warnings', '--no-errors-on-unmatched', ...files]
const linted = files.length === 0 ? 0 : await run('biome', lint)
// Its state is kept, so that what did not change is not checked again.
const checked = check('.', 'check')
const places = testsFor(files)
const test = ['run', '--passWithNoTests', '--changed', 'HEAD', ...places]
const tested = places.length === 0 ? 0 : run('vitest', test)
process.exitCode = Math.max(
  linted,
  await checked,
  await check('src/playground/page', 'check-page'),
  await tested,
)

/** Checks the types of a project. */
function check(project: string, state: string): Promise<number> {
  const stored = `node_modules/.cache/${state}.tsbuildinfo`
  return run('tsc', ['--project', project, '--incremental', '--tsBuildInfoFile', stored])
}

/** Where Vitest looks for tests that import a changed file: folders of src/, and the tests elsewhere that changed. */
function testsFor(changed: readonly string[]): readonly string[] {
  const folders = changed.flatMap(file => /^src\/[^/]+(?=\/)/.exec(file) ?? [])
  const isDeciding = folders.some(folder => deciding.includes(folder.slice('src/'.length)))
  const own = changed.filter(file => /^test\/.*\.test\.ts$/.test(file) && !file.startsWith('test/e2e/'))
  const all = [...folders, ...(isDeciding ? deciding.map(folder => `src/${folder}`) : [])]
  return [...new Set(all.map(folder => `${folder}/`)), ...own]
}

function gitLines(...args: readonly string[]): readonly string[] {
  const { stdout, status, stderr } = spawnSync('git', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.split('\n').filter(line => line !== '')
}

/** Resolves with the exit code. */
function run(program: string, args: readonly string[]): Promise<number> {
  const options: SpawnOptions = { stdio: 'inherit' }
  return new Promise((resolve, reject) => {
    spawn(program, args, options)
      .once('error', reject)
      .once('close', code => resolve(code ?? 1))
  })
}
