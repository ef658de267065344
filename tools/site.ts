import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { problemsOf } from './site/built.ts'
import { content } from './site/pages.ts'

/**
 * Builds the site, `site/dist/`, from the documents of the repository, and puts the playground into it: `npm run site`.
 * The generator is a package of its own, which is installed when its lock file has changed.
 */
const root = join(import.meta.dirname, '..')
const site = join(root, 'site')
const staged = join(site, 'content')

const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(file =>
  join(site, file),
)
if (lock && installed && (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs))
  run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')

rmSync(staged, { recursive: true, force: true })
const playground = join(root, 'dist/playground')
const { files, pictures } = await content(root, existsSync(playground))
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(join(staged, file)), { recursive: true })
  writeFileSync(join(staged, file), text)
}
for (const file of pictures) cpSync(join(root, file), join(staged, file))
cpSync(join(site, 'icon.svg'), join(staged, 'public/icon.svg'))
if (existsSync(playground)) cpSync(playground, join(staged, 'public/playground'), { recursive: true })
run('node_modules/.bin/vitepress', 'build')
const problems = problemsOf(join(site, 'dist'), process.env['SITE_BASE'] ?? '/')
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

function run(command: string, ...words: string[]): void {
  const { status } = spawnSync(command, words, { cwd: site, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
