import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { goProgram } from './go-program.ts'
import { describeUnless } from './not-run.ts'

const root = join(import.meta.dirname, '..')
const pod = readFileSync(join(root, 'examples/tests/log-tail/pod.yaml'), 'utf8')

describe('action.yml', () => {
  const { inputs, runs } = parse(readFileSync(join(root, 'action.yml'), 'utf8'))

  it('pins each action to a commit, and has no input in the text of a script', () => {
    for (const { uses, run } of runs.steps) {
      if (uses !== undefined) expect(uses).toMatch(/^[\w./-]+@[0-9a-f]{40}$/)
      else expect(run).not.toContain('${{')
    }
  })

  it.each([
    { what: 'valid profiles and passing cases', from: '', to: '', code: 0 },
    { what: 'a profile that is not valid', from: 'parameters:', to: 'parameter:', code: 1 },
    { what: 'a case that fails', from: 'name: log-tail\n', to: 'name: other\n', code: 1 },
  ])('ends with $code for $what', async ({ from, to, code }) => {
    const folder = await sandbox()
    const profile = readFileSync(join(root, 'catalog/log-tail.yaml'), 'utf8').replace(from, to)
    await mkdir(join(folder, 'profiles'))
    await writeFile(join(folder, 'profiles/p.yaml'), profile)
    await cp(join(root, 'examples/tests'), join(folder, 'tests'), { recursive: true })
    expect(await steps(folder)).toBe(code)
  })

  /** Runs the steps that check something: the first exit code that is not 0. */
  async function steps(cwd: string): Promise<number> {
    const values: Record<string, string> = { 'github.action_path': cwd }
    for (const [name, { default: value }] of Object.entries<{ default: string }>(inputs))
      values[`inputs.${name}`] = value
    await mkdir(join(cwd, 'dist'))
    await writeFile(join(cwd, 'dist/pillion.js'), runsSources)
    for (const { run, env } of runs.steps) {
      if (!env) continue
      const own = Object.entries<string>(env).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, key: string) => values[key] ?? ''),
      ])
      const { code } = await sh(['bash', '-ec', run], { cwd, env: Object.fromEntries(own) })
      if (code !== 0) return code
    }
    return 0
  }
})

describe('the post-renderer', () => {
  it('is an executable from manifests to manifests, as Helm 3 wants it', async () => {
    const { PATH } = await withPillion(await sandbox())
    const { out } = await sh([join(root, 'examples/post-renderer/pillion-post-renderer')], {
      env: { PATH },
      stdin: pod,
    })
    expect(out).toContain('- name: log-tail')
  })
})

const helm = spawnSync('helm', ['version', '--short'], { encoding: 'utf8' })
const [major] = /^v[34]/.exec(helm.stdout ?? '') ?? []
const missing = major
  ? undefined
  : 'there is no helm 3 or 4 on the PATH; see https://helm.sh/docs/intro/install/'
// Helm 3 takes an executable, Helm 4 the name of a plugin.
const renderer = major === 'v3' ? join(root, 'examples/post-renderer/pillion-post-renderer') : 'pillion'

describeUnless(missing, 'the post-renderer of Helm', () => {
  it('adds the sidecars to what a chart renders', async () => {
    const folder = await sandbox()
    await mkdir(join(folder, 'chart/templates'), { recursive: true })
    await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\n')
    await writeFile(join(folder, 'chart/templates/pod.yaml'), pod)
    await cp(join(root, 'examples/post-renderer'), join(folder, 'plugins/pillion'), { recursive: true })
    const env = { ...(await withPillion(folder)), HELM_PLUGINS: join(folder, 'plugins') }
    const { code, out, err } = await sh(
      ['helm', 'template', '--post-renderer', renderer, join(folder, 'chart')],
      { env },
    )
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(out).toContain('- name: log-tail')
  })
})

const kustomize = await goProgram(join(root, 'test/kustomize/build'), 'kustomize', 'run the function with')

describeUnless(kustomize.problem, 'the function of kustomize', () => {
  it('adds the sidecar to what kustomize builds', async () => {
    const [program, folder] = [await kustomize.built(), await sandbox()]
    // With the script in place of the link to it, as somebody copies it.
    await cp(join(root, 'examples/kustomize-function'), folder, { recursive: true, dereference: true })
    const env = await withPillion(folder)
    const build = (...flags: readonly string[]) =>
      sh([program, 'build', ...flags, folder], { cwd: folder, env })
    const { code, out } = await build('--enable-alpha-plugins', '--enable-exec')
    expect(code).toBe(0)
    const { kind, spec } = parse(out)
    expect({ kind, sidecar: spec.template.spec.initContainers[0].name }).toEqual({
      kind: 'Deployment',
      sidecar: 'log-tail',
    })
    expect((await build()).code).toBe(1)
  })
})

const main = JSON.stringify(join(root, 'src/cli/main.ts'))
const runsSources = `import(${main}).then(({ start }) => start())\n`

async function sandbox(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pillion-pipeline-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A PATH with the command pillion, which runs the sources. */
async function withPillion(folder: string): Promise<{ PATH: string }> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const script = `#!/bin/sh\nexec "${process.execPath}" ${main} "$@"\n`
  await writeFile(join(bin, 'pillion'), script, { mode: 0o755 })
  return { PATH: [bin, process.env['PATH']].join(delimiter) }
}

interface How {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

function sh([program = '', ...args]: readonly string[], { cwd, env, stdin = '' }: How) {
  return new Promise<{ code: number; out: string; err: string }>((resolve, reject) => {
    const nodeFirst = [join(process.execPath, '..'), env?.['PATH'] ?? process.env['PATH']].join(delimiter)
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...env, PATH: nodeFirst },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', data => {
      out += data
    })
    child.stderr.on('data', data => {
      err += data
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, out, err }))
    child.stdin.end(stdin)
  })
}
