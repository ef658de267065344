import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'

/** A checkout of this repository with a bundle in `dist/`. */
interface Candidate {
  readonly name: string
  readonly root: string
}

/** What every question is told. */
export interface Asked {
  /** This checkout first. All others are compared with it. */
  readonly candidates: readonly Candidate[]
  /** Commands that start other webhooks. */
  readonly beside: readonly string[]
  readonly rounds: number
  /** Whether to measure for as long as it takes to see slow growth. */
  readonly long: boolean
}

export const here = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** Builds the commit of each reference in a temporary git worktree, and removes the worktrees after `measure`. */
export async function withCandidates(
  references: readonly string[],
  measure: (candidates: readonly Candidate[]) => Promise<void>,
): Promise<void> {
  await using worktrees = new AsyncDisposableStack()
  const candidates: Candidate[] = [{ name: 'Pillion', root: here }]
  for (const reference of references) {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-against-'))
    worktrees.defer(() => rm(directory, { recursive: true, force: true }))
    const root = join(directory, 'pillion')
    await run('git', ['worktree', 'add', '--detach', root, reference], { cwd: here })
    worktrees.defer(async () => {
      await run('git', ['worktree', 'remove', '--force', root], { cwd: here })
    })
    await installIn(root)
    await run('npm', ['run', 'build'], { cwd: root })
    candidates.push({ name: `Pillion of ${reference}`, root })
  }
  await measure(candidates)
}

/** Links the installed packages when that commit needs the same ones, because `npm ci` takes a minute. */
async function installIn(root: string): Promise<void> {
  if (isDeepStrictEqual(await dependenciesOf(root), await dependenciesOf(here)))
    await symlink(join(here, 'node_modules'), join(root, 'node_modules'))
  else await run('npm', ['ci', '--ignore-scripts'], { cwd: root })
}

async function dependenciesOf(root: string): Promise<unknown> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  return { ...dependencies, esbuild: devDependencies.esbuild }
}
