import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { exclusively } from './lock.ts'

/** Builds kube-apiserver of a version, and the etcd that it requires, with Go: one binary, two names. */
export async function build(directory: string, version: string): Promise<void> {
  await buildWithGo(directory, {
    source: work => writeModule(work, version),
    name: 'kube-apiserver',
    title: `kube-apiserver ${version}`,
    linkerFlags: linkerFlags(version),
    finish: work => symlink('kube-apiserver', join(work, 'etcd')),
  })
}

/** A program in Go. */
export interface GoProgram {
  /** The directory of the module, or what makes one in a new directory. Go completes the go.mod and go.sum of the latter. */
  readonly source: string | ((directory: string) => Promise<void>)
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
      await compile(work, program)
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

async function compile(work: string, { source, name, title, linkerFlags }: GoProgram): Promise<void> {
  const isMade = typeof source !== 'string'
  const module = isMade ? join(work, 'module') : source
  if (isMade) {
    await mkdir(module)
    await source(module)
  }
  const progress = createProgress(title)
  const flags = ['-v', '-trimpath', ...(isMade ? ['-mod=mod'] : []), '-ldflags', linkerFlags]
  const go = spawn('go', ['build', ...flags, '-o', join(work, name), '.'], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  createInterface({ input: go.stderr }).on('line', progress.line)
  const code = await new Promise((resolve, reject) => go.once('close', resolve).once('error', reject))
  progress.end()
  if (isMade) await rm(module, { recursive: true, force: true })
  if (code !== 0) throw new Error(`go build ended with exit code ${code}\n${progress.lastLines()}`)
}

/**
 * Kubernetes requires its own parts (k8s.io/api and others) at v0.0.0, and replaces them by folders of its repository.
 * Outside of the repository, part v0.34.4 belongs to v1.34.4. All other modules have the versions that Kubernetes requires.
 */
async function writeModule(directory: string, version: string): Promise<void> {
  await cp(fileURLToPath(new URL('build', import.meta.url)), directory, { recursive: true })
  const { stdout } = await promisify(execFile)(
    'go',
    ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`],
    {
      cwd: directory,
    },
  )
  const kubernetes = await readFile(JSON.parse(stdout).GoMod, 'utf8')
  await writeFile(join(directory, 'go.mod'), moduleText(kubernetes, version))
}

/** The go.mod of a program that imports Kubernetes, from the go.mod of Kubernetes. */
export function moduleText(kubernetes: string, version: string): string {
  const required = [...kubernetes.matchAll(/^(?:require )?\s*(\S+) (v\d\S*)(?: \/\/ indirect)?$/gm)]
  const lines = required.map(([, module, of]) =>
    of === 'v0.0.0'
      ? `replace ${module} => ${module} ${version.replace(/^v1/, 'v0')}`
      : `require ${module} ${of}`,
  )
  const go = /^go .*$/m.exec(kubernetes)?.[0]
  return [
    'module pillion.dev/test/apiserver',
    go,
    `require k8s.io/kubernetes ${version}`,
    ...lines,
    oldestEtcd,
    '',
  ].join('\n')
}

/** That of Kubernetes 1.28 cannot listen on a socket of a relative path. Go takes the newest that is required. */
const oldestEtcd = 'require go.etcd.io/etcd/server/v3 v3.5.10'

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
