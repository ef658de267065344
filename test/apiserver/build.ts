import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { exclusively } from './lock.ts'

export const moduleFile = new URL('build/go.mod', import.meta.url)

/** Builds kube-apiserver and etcd with Go: one binary, two names. */
export async function build(directory: string, version: string): Promise<void> {
  await buildWithGo(directory, {
    source: dirname(fileURLToPath(moduleFile)),
    name: 'kube-apiserver',
    title: `kube-apiserver ${version}`,
    linkerFlags: linkerFlags(version),
    finish: work => symlink('kube-apiserver', join(work, 'etcd')),
  })
}

/** A program in Go: its module, and the name of its binary. */
export interface GoProgram {
  readonly source: string
  readonly name: string
  readonly title: string
  readonly linkerFlags: string
  /** What else belongs into the directory of the binary. */
  readonly finish?: (directory: string) => Promise<void>
}

/**
 * Builds a program with Go into a directory that is there either whole or not at all: an interrupted build leaves nothing
 * of that name, and of two at the same time one waits for the other. Tells on stderr how far it is. Throws with the end of
 * what Go printed when it fails.
 */
export async function buildWithGo(directory: string, program: GoProgram): Promise<void> {
  await mkdir(dirname(directory), { recursive: true })
  await exclusively(`${directory}.lock`, directory, async () => {
    const work = await mkdtemp(`${directory}.building-`)
    try {
      await compile(join(work, program.name), program)
      await program.finish?.(work)
      await rename(work, directory).catch(error => {
        if (!existsSync(directory)) throw error // else another one was faster, and made the same
      })
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  })
}

/** Why Go cannot build it, or undefined when it can. */
export async function goProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION'])
    const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? []
    const isNewEnough = Number(major) > 1 || Number(minor) >= 24
    return isNewEnough ? undefined : `${stdout.trim()} is too old to build it`
  } catch {
    return 'there is no go to build it'
  }
}

async function compile(output: string, { source, title, linkerFlags }: GoProgram): Promise<void> {
  const progress = createProgress(title)
  const go = spawn('go', ['build', '-v', '-trimpath', '-ldflags', linkerFlags, '-o', output, '.'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  createInterface({ input: go.stderr }).on('line', progress.line)
  const code = await new Promise((resolve, reject) => go.once('close', resolve).once('error', reject))
  progress.end()
  if (code !== 0) throw new Error(`go build ended with exit code ${code}\n${progress.lastLines()}`)
}

/** Without these the API server says it is v0.0.0, and its feature gates think of the newest minor. */
function linkerFlags(version: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? []
  const package_ = 'k8s.io/component-base/version'
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  const settings = Object.entries(values).map(([name, value]) => `-X ${package_}.${name}=${value}`)
  return ['-s', '-w', ...settings].join(' ')
}

/** Go prints a line for each module it fetches and each package it compiles: the counts, every 15 s. */
function createProgress(title: string) {
  const startMs = performance.now()
  const lines: string[] = []
  const tell = (what: string) => process.stderr.write(`${title}: ${what}\n`)
  const seconds = () => Math.round((performance.now() - startMs) / 1000)
  const fetched = () => lines.filter(line => line.startsWith('go: downloading ')).length
  const counts = () => `${fetched()} modules fetched, ${lines.length - fetched()} packages compiled`
  tell('building it with Go, once for this machine; this takes some minutes')
  const timer = setInterval(() => tell(`${seconds()} s: ${counts()}`), 15_000)
  return {
    line: (line: string) => lines.push(line),
    lastLines: () => lines.slice(-20).join('\n'),
    end() {
      clearInterval(timer)
      tell(`go ended after ${seconds()} s: ${counts()}`)
    },
  }
}
