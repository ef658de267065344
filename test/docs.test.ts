import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { pillionWith } from '../src/cli/recorded.fixture.ts'
import { sentences } from '../src/engine/reason.ts'
import type { Schema } from '../src/json/schema.ts'
import { describe as describeProblem } from '../src/problems/problem.ts'
import { core } from '../src/profile/schema/core-schema.ts'
import { ProfileObject, podFields } from '../src/profile/schema/schema.ts'
import { parseProfiles } from '../src/profile/yaml/parse.ts'
import { declared as metrics } from '../src/server/metrics.ts'
import { settings } from '../src/server/options.ts'

/** The documents, by their paths below the root. */
const root = join(import.meta.dirname, '..')
const documents = ['*.md', 'docs/**/*.md', '{catalog,deploy,certs,examples,test,bench}/**/*.md']
  .flatMap(pattern => globSync(pattern, { cwd: root }))
  .filter(file => !file.includes('node_modules'))
  .sort()

describe('the reference', () => {
  it('has every reason, and no other', () => {
    const message =
      'docs/reasons.md must have a section for each reason of src/engine/reason.ts, in the same order'
    expect(headings('docs/reasons.md', 2), message).toEqual(Object.keys(sentences))
  })

  it.each(Object.keys(sentences))('has the reason %s in the table of outcomes', reason => {
    const reasons = tableRows('docs/reasons.md').map(([, cell = '']) => cell)
    const link = `[${reason}](#${slug(reason)})`
    expect(
      reasons.some(cell => cell.split(', ').includes(link)),
      `docs/reasons.md: add ${link} to the first table, in the row of its outcome`,
    ).toBe(true)
  })

  it('has every field of a profile, and no other', () => {
    const documented = tableRows('docs/profiles.md').flatMap(
      ([cell = '']) => cell.match(/^`((?:apiVersion|kind|metadata|spec|status)\b[^`]*)`$/)?.[1] ?? [],
    )
    const message = 'docs/profiles.md must have a row for each field of src/profile/schema/schema.ts'
    expect(documented.sort(), message).toEqual(fieldsOf(ProfileObject as unknown as Schema).sort())
  })

  it.each(settings)(
    'has the setting $flag with its variable and default',
    ({ flag, argument, variable, ...setting }) => {
      const row = tableRows('docs/admin.md').find(([cell]) => cell === `\`${flag} ${argument}\``)
      const fallback = setting.default === undefined ? '' : `\`${setting.default}\``
      const message = `docs/admin.md: the row of ${flag}, as src/server/options.ts declares it`
      expect(row?.slice(1, 3), message).toEqual([`\`${variable}\``, fallback])
    },
  )

  it.each(Object.values(metrics))(
    'has the metric $name with its type and labels',
    ({ name, type, labelNames }) => {
      const row = tableRows('docs/admin.md').find(([cell]) => cell === `\`${name}\``)
      const message = `docs/admin.md: the row of ${name}, as src/server/metrics.ts declares it`
      const labels = labelNames.map(label => `\`${label}\``).join(', ')
      expect(row?.slice(1, 3), message).toEqual([type, labels])
    },
  )

  it('has every command, and no other', async () => {
    const { out: help } = await pillionWith(['--help'])
    const commands = [...(help.split(/^Commands:$/m)[1] ?? '').matchAll(/^ {2}([a-z]+)\b/gm)]
      .flatMap(([, name = '']) => (name === 'help' ? [] : [name]))
      .sort()
    const folders = globSync('src/cli/*/run.ts', { cwd: root }).map(file => basename(dirname(file)))
    const rows = tableRows('README.md').flatMap(
      ([cell = '']) => cell.match(/^`pillion ([a-z]+)\b/)?.[1] ?? [],
    )
    expect(commands).toContain('inject')
    const unlisted = folders.filter(name => !commands.includes(name))
    expect(unlisted, `src/cli/commands.ts: add ${unlisted}`).toEqual([])
    const undocumented = commands.filter(name => !rows.includes(name))
    expect(undocumented, `README.md: add a row for pillion ${undocumented} to the commands`).toEqual([])
    expect(rows.sort(), 'README.md has a row of a command that does not exist').toEqual(commands)
  })

  it.each(globSync('catalog/*.yaml', { cwd: root }).map(file => basename(file, '.yaml')))(
    'has what belongs to the profile %s of the catalog',
    name => {
      const example = `examples/${name}.yaml`
      const page = `docs/catalog/${name}.md`
      const missing = [example, page].filter(file => !existsSync(join(root, file)))
      expect(missing, `write ${missing.join(' and ')}`).toEqual([])
      const request = new RegExp(`pillion\\.dev/inject: .*\\b${name}\\b`)
      expect(read(example), `${example} must request ${name}`).toMatch(request)
    },
  )
})

// A command takes half a second; on a machine that is busy with other tests, more.
const runTimeoutMs = 30_000

const each = <T extends object>(of: (file: string) => readonly T[]) =>
  documents.flatMap(file => of(file).map(item => ({ file, ...item })))

describe('a document', () => {
  it.each(each(links))('links to what is there: $file: $target', ({ file, target }) => {
    const [path = '', anchor] = target.split('#')
    const linked = path === '' ? file : join(dirname(file), path)
    expect(existsSync(join(root, linked))).toBe(true)
    if (anchor) expect(headings(linked).map(slug)).toContain(anchor)
  })

  it.each(each(commands))(
    'shows what works: $file:$line: $command',
    async ({ command, exitCode, output }) => {
      const { stdout, ...result } = await run(command)
      expect({ ...result, output: output && shortenedLike(output, withoutRevisions(stdout)) }).toEqual({
        exitCode,
        stderr: expect.any(String),
        output: output && withoutRevisions(output),
      })
    },
    runTimeoutMs,
  )

  it.each(documents.filter(file => !file.startsWith('docs/decisions/')))(
    'runs TypeScript by the Node that npm ci installed: %s',
    file => {
      const bare = read(file).match(/(?<!npx )\bnode \S+\.ts\b/g) ?? []
      expect(bare, `${file}: write npx node; the machine's Node may be too old`).toEqual([])
    },
  )

  it.each(each(profilesIn))('shows a profile without a problem: $file:$line', ({ file, text }) => {
    expect(parseProfiles(text, file).problems.map(describeProblem)).toEqual([])
  })
})

describe('README.md', () => {
  it('shows the example as it is in its file', () => {
    const example = read('examples/multi-container-demo.yaml').replace(/^#.*\n/gm, '')
    expect(blocks('README.md', 'yaml').map(({ text }) => text)).toContain(example)
  })

  it('puts the plugin of kubectl on the PATH with three lines', async () => {
    const [block] = blocks('README.md', 'sh').filter(({ text }) => text.includes('kubectl-pillion'))
    const lines = block?.text.trim().split('\n') ?? []
    expect(lines).toHaveLength(3)
    const home = await mkdtemp(join(tmpdir(), 'pillion-home-'))
    onTestFinished(() => rm(home, { recursive: true }))
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
    const elsewhere = [...lines, 'cd "$HOME"', 'kubectl-pillion --help'].join('\n')
    const env = { ...process.env, HOME: home, PATH: path }
    const { stdout } = await promisify(execFile)('sh', ['-ec', elsewhere], { cwd: root, env })
    expect(stdout).toContain('Usage: kubectl pillion')
  })
})

describe('the version', () => {
  const { version } = packageJson

  it('is the same in package.json and in the chart', () => {
    const chart = read('charts/pillion/Chart.yaml').matchAll(/^(version|appVersion): (\S+)$/gm)
    expect([...chart].map(([, name, value]) => `${name} ${value}`)).toEqual([
      `version ${version}`,
      `appVersion ${version}`,
    ])
  })

  it.each([...documents, 'deploy/base/deployment.yaml'].flatMap(imagesIn))(
    'is the tag of the image: $file:$line',
    ({ file, line, tag }) => {
      expect(tag, `${file}:${line}: the chart runs pillion:${version}`).toBe(version)
    },
  )
})

describe.each(documents.filter(file => file.startsWith('docs/decisions/')))('%s', file => {
  it('says the context, the decision and the consequences', () => {
    expect(headings(file, 2)).toEqual(['Context', 'Decision', 'Consequences'])
  })
})

interface Block {
  readonly text: string
  /** Of the first line of its text, counted from 1. */
  readonly line: number
}

/** The fenced blocks of a language. */
function blocks(file: string, language: string): Block[] {
  const text = read(file)
  return [...text.matchAll(/^```(\w*).*\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(({ index, 2: content = '' }) => ({
      text: content,
      line: text.slice(0, index).split('\n').length + 1,
    }))
}

interface Command {
  readonly line: number
  readonly command: string
  readonly exitCode: number
  /** What it prints on stdout, where the document shows it. */
  readonly output: string | undefined
}

/**
 * The commands of Pillion that a document shows: lines of `sh` blocks, and of `console` blocks, where
 * each stands behind `$ ` and before its output. `# exits 1` behind a command is its exit code, otherwise
 * 0. A block that begins with `# in a cluster` or `# runs until stopped` is passed over.
 */
function commands(file: string): Command[] {
  const shell = blocks(file, 'sh').flatMap(({ text, line }) =>
    isPassedOver(text)
      ? []
      : text.split('\n').map((command, i) => ({ command, line: line + i, output: undefined })),
  )
  const sessions = blocks(file, 'console').flatMap(({ text, line }) =>
    [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
      ({ index, 1: command = '', 2: output = '' }) => ({
        command,
        line: line + text.slice(0, index).split('\n').length - 1,
        output,
      }),
    ),
  )
  return [...shell, ...sessions]
    .filter(({ command }) => /(^|\| )npx (pillion|node src\/cli\/main\.ts) /.test(command))
    .map(({ command, ...rest }) => ({
      ...rest,
      command,
      exitCode: Number(/# exits (\d)$/.exec(command)?.[1] ?? 0),
    }))
}

/** They change with every edit of the catalog, and say nothing to a reader. */
function withoutRevisions(text: string): string {
  return text.replace(/@[0-9a-f]{10}\b/g, '')
}

/** Cuts a line where the document cuts it with ` …`: what follows changes with every new profile, for example. */
function shortenedLike(shown: string, text: string): string {
  const lines = shown.split('\n').map(withoutRevisions)
  return text
    .split('\n')
    .map((line, i) => {
      const start = lines[i]?.match(/^(.*) …$/)?.[1]
      return start !== undefined && line.startsWith(start) ? lines[i] : line
    })
    .join('\n')
}

function isPassedOver(text: string): boolean {
  return /^# (in a cluster|runs until stopped)\b/.test(text)
}

/** Runs a command from the sources, in a shell; both streams and its exit code. */
async function run(command: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const fromSource = command.replaceAll(
    /npx (pillion|node src\/cli\/main\.ts)/g,
    `"${process.execPath}" src/cli/main.ts`,
  )
  const env = { ...process.env, NO_COLOR: '1', NODE_NO_WARNINGS: '1' }
  try {
    return { exitCode: 0, ...(await promisify(execFile)('sh', ['-c', fromSource], { cwd: root, env })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { exitCode: code, stdout, stderr }
  }
}

function profilesIn(file: string): Block[] {
  return blocks(file, 'yaml').filter(({ text }) => text.includes('apiVersion: pillion.dev/'))
}

/** Where a file names the image of Pillion, without a registry. */
function imagesIn(file: string) {
  return read(file)
    .split('\n')
    .flatMap((text, i) =>
      [...text.matchAll(/(?<![/\w.-])pillion:(\w[\w.-]*)/g)].map(([, tag]) => ({ file, line: i + 1, tag })),
    )
}

/** Where relative links of a document's prose lead. */
function links(file: string): { readonly target: string }[] {
  const prose = read(file)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return [...new Set(targets.filter(target => !/^[a-z]+:/.test(target)))].map(target => ({ target }))
}

function headings(file: string, level?: number): string[] {
  const prose = read(file).replace(/^```[\s\S]*?^```$/gm, '')
  const found = [...prose.matchAll(/^(#+) (.*)$/gm)]
  return found
    .filter(([, marks]) => level === undefined || marks?.length === level)
    .map(([, , text = '']) => text)
}

/** As GitHub makes an anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

/** The rows of all tables of a document, each a list of its cells. */
function tableRows(file: string): string[][] {
  const lines = read(file)
    .split('\n')
    .filter(line => line.startsWith('|'))
  return lines.map(line =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim()),
  )
}

/** The core/v1 type of what stands in a field; only what a profile adds to it is documented here. */
const coreTypes: Readonly<Record<string, string>> = {
  containers: 'Container',
  initContainers: 'Container',
  volumes: 'Volume',
  env: 'EnvVar',
  envFrom: 'EnvFromSource',
  volumeMounts: 'VolumeMount',
  ...Object.fromEntries(
    Object.entries(podFields).flatMap(([field, one]) => ('coreType' in one ? [[field, one.coreType]] : [])),
  ),
  podSelector: 'LabelSelector',
  namespaceSelector: 'LabelSelector',
}

/** The field paths of a schema: `spec.volumes[].adopt`. A name that may be any is NAME. */
function fieldsOf(schema: Schema, path = '', field = ''): string[] {
  if (schema.items) return fieldsOf(schema.items, `${path}[]`, field)
  const coreType = coreTypes[field]
  const foreign = coreType ? (core(coreType).properties ?? {}) : {}
  // A container's and a volume's name is no expression, and so ours in place of core/v1's.
  const isOurs = ([name, { pattern }]: [string, Schema]) =>
    foreign[name] === undefined || (name === 'name' && pattern !== undefined)
  const own = Object.entries(schema.properties ?? {}).filter(isOurs)
  const patterned = Object.values((schema['patternProperties'] as Record<string, Schema>) ?? {})
  return [
    ...own.flatMap(([name, node]) => {
      const at = path === '' ? name : `${path}.${name}`
      return [at, ...fieldsOf(node, at, name)]
    }),
    ...patterned.flatMap(node => fieldsOf(node, `${path}.NAME`)),
  ]
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
