import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalysis } from '../../src/playground/analysis.ts'
import { type Commanded, commandFor } from '../../src/playground/command.ts'
import { asUsual } from '../../src/playground/share.ts'
import { catalog, examples } from '../../tools/playground/build.ts'

const run = promisify(execFile)
const [all, shipped] = await Promise.all([examples(), catalog()])
const [first, own] = [all[0]!, all.at(-1)!]
const base = { whatIf: asUsual, flags: shipped.flags, profiles: [], namespaces: [] }

describe('the command that the playground shows', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-command-'))
    const main = join(import.meta.dirname, '../../src/cli/main.ts')
    await writeFile(join(directory, 'pillion'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
    await chmod(join(directory, 'pillion'), 0o755)
  })
  afterAll(() => rm(directory, { recursive: true }))

  async function printedBy(command: string): Promise<string> {
    const env = { ...process.env, PATH: `${directory}:${process.env['PATH']}`, TMPDIR: directory }
    return (await run('sh', ['-c', command], { env, cwd: directory })).stdout
  }

  it.each<{ what: string } & Commanded>([
    { what: 'with the profiles that the page comes with', ...base, manifest: first.manifest },
    {
      what: 'with profiles of your own, and text that a shell would change',
      ...base,
      manifest: `# 'quoted' $HOME \`id\` \\n\n${own.manifest}`,
      profiles: Object.entries(own.profiles).map(([file, text]) => ({ file, text })),
    },
    {
      what: 'with another namespace, its labels and annotations, and another version',
      ...base,
      manifest: first.manifest.replace(/ {6}annotations:\n(?: {8}pillion.*\n)+/, ''),
      whatIf: {
        ...asUsual,
        kubernetesVersion: '1.28',
        namespace: 'shop',
        namespaceLabels: { 'pillion.dev/inject': 'enabled' },
        namespaceAnnotations: { 'pillion.dev/inject': 'log-tail' },
      },
    },
    {
      what: 'with labels and annotations besides those of the Namespace in the manifest',
      ...base,
      manifest: all.find(({ title }) => title === 'A whole namespace')!.manifest,
      whatIf: {
        ...asUsual,
        namespaceLabels: { team: "it's" },
        namespaceAnnotations: { 'pillion.dev/log-tail.path': '/logs' },
      },
    },
  ])('prints the same result: $what', async ({ what: _, ...commanded }) => {
    const { manifest, whatIf } = commanded
    const profiles = commanded.profiles.length > 0 ? commanded.profiles : shipped.profiles
    const { result, workloads } = createAnalysis().answer({ id: 1, manifest, whatIf, profiles })
    expect(workloads[0]).toMatchObject({ outcome: 'injected' })
    const namespaces = workloads.flatMap(({ namespace }) => namespace ?? [])
    expect(await printedBy(commandFor({ ...commanded, namespaces }))).toBe(result.text)
  })

  it('ends a here document with a word that is no line of the text', () => {
    const command = commandFor({ ...base, manifest: 'a\nYAML\nYAML_\n' })
    expect(command).toContain("<<'YAML__'\na\nYAML\nYAML_\nYAML__\n")
  })

  // A terminal without bracketed paste takes control characters for keys, and each carriage return for Enter.
  const hostile = [
    '\r',
    '\r\n',
    '\n',
    '\u0003',
    '\u0004',
    '\u0016',
    '\u001b[201~',
    '\u0000',
    '\u007f',
    '\u009b201~',
    '\u202e',
    '\u2066',
  ]
  const evil = (key: string) => `${key}YAML${key}touch stolen${key}'$(touch stolen)\`touch stolen\`!!${key}`

  it.each(hostile.map(key => [JSON.stringify(key), key]))(
    'is inert when it is pasted: with %s in every text',
    async (_, key) => {
      const text = evil(key)
      const commanded = {
        ...base,
        manifest: `# ${text}\n`,
        flags: ['--profiles', text],
        namespaces: [{ name: text, labels: { [text]: text }, annotations: {} }],
        whatIf: { ...asUsual, kubernetesVersion: text, namespace: text, namespaceLabels: { [text]: text } },
      }
      for (const profiles of [
        [],
        [
          { file: text, text },
          { file: `../${text}`, text },
        ],
      ]) {
        const command = commandFor({ ...commanded, profiles })
        expect(command).not.toMatch(/[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
        // What it writes is what was given, and nothing else ran.
        const written = `pillion() { cat >manifest; }\n${command}`
        const { stdout } = await run('sh', ['-c', `${written}\nls -R; cat manifest`], {
          cwd: directory,
          env: { ...process.env, TMPDIR: directory },
        })
        expect(stdout).not.toMatch(/^stolen$/m)
        expect(stdout.endsWith(commanded.manifest)).toBe(true)
      }
    },
  )
})
