import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[]
}

const root = join(import.meta.dirname, '..')
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map(file => {
  const text = readFileSync(join(root, file), 'utf8')
  const workflow: Workflow = parse(text)
  return { file, text, workflow, jobs: Object.values(workflow.jobs) }
})

describe('npm ci', () => {
  it('runs no script of a package, in any pipeline', () => {
    const pipelines = [...workflows.map(({ text }) => text), ...['.ci/run', 'Dockerfile'].map(read)]
    const installs = pipelines.flatMap(text => text.match(/^(?!\s*#).*\bnpm ci .*$/gm) ?? [])
    expect(installs.length).toBeGreaterThan(8)
    for (const install of installs) expect(install).toContain(' npm ci --ignore-scripts ')
    expect(read('tools/site.ts')).toContain("run('npm', 'ci', '--ignore-scripts'")
  })

  it.each(['package-lock.json', 'site/package-lock.json'])(
    'leaves out no script that a package of %s needs',
    lock => {
      const { packages } = JSON.parse(read(lock)) as {
        packages: Record<string, { hasInstallScript?: true; dev?: true }>
      }
      const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
      // That of esbuild only replaces a starter in JavaScript; its program is in another package.
      expect(withScript).toMatchObject([['node_modules/esbuild', { dev: true }]])
    },
  )
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

describe.each(workflows)('$file', ({ text, workflow, jobs }) => {
  it('has no right but those that a job names', () => {
    expect(workflow.permissions).toEqual({})
    for (const { permissions } of jobs) expect(Object.keys(permissions ?? {})).toContain('contents')
  })

  it('names each action by its commit, and for people by its version', () => {
    const uses = text.split('\n').filter(line => /^\s*(- )?uses:/.test(line))
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d/)
  })

  it('leaves no token in the checkout', () => {
    const checkouts = jobs.flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')),
    )
    expect(checkouts).toHaveLength(jobs.length)
    for (const checkout of checkouts) expect(checkout.with).toMatchObject({ 'persist-credentials': false })
  })

  it('puts nothing into a script that a shell would read again', () => {
    const scripts = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
    expect(scripts.filter(script => script.includes('${{'))).toEqual([])
  })

  it('ends each job in a known time', () => {
    expect(jobs.filter(job => job['timeout-minutes'] === undefined)).toEqual([])
  })

  it('runs scripts that are there', () => {
    const named = text.match(/\btools\/(?!release\/out\b)[a-z/-]+(?:\.ts)?/g) ?? []
    expect(named.filter(file => !existsSync(join(root, file)))).toEqual([])
  })
})
