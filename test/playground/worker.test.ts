import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalysis } from '../../src/playground/analysis.ts'
import type { Call, Reply } from '../../src/playground/calls.ts'
import type { Answer, Question } from '../../src/playground/protocol.ts'
import { asUsual } from '../../src/playground/share.ts'
import { buildPlayground, catalog, examples } from '../../tools/playground/build.ts'

const [all, { profiles }] = await Promise.all([examples(), catalog()])

/** Manifests and profiles with each kind of mistake, and with text that YAML 1.1 and 1.2 read in different ways. */
const others = [
  { title: 'no YAML', manifest: 'a: [b', profiles: {} },
  { title: 'no Pod', manifest: 'kind: Pod\nspec: {containers: 1}\n', profiles: {} },
  {
    title: 'a profile with mistakes',
    manifest: `${podAsking('broken')}    pillion.dev/broken.mode: "0755"\n`,
    profiles: {
      'broken.yaml': `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: broken }
spec:
  parameters: { mode: { type: strin }, size: { type: integer, minimum: a } }
  conainers: []
  containers: [{ name: Not A Name, ports: [{ containerPort: 99999999 }], image: $(params.mod) }]
`,
    },
  },
  {
    title: 'strings that have to be quoted',
    manifest: podAsking('quoted'),
    profiles: {
      'quoted.yaml': `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: quoted }
spec:
  appContainers:
    - select: all
      env: [${['yes', 'off', '0o17', '017', '1_000', '12:30:45', '2001-12-14', '~', 'null', '1e3', '.inf', '<<', '='].map((value, i) => `{ name: V${i}, value: "${value}" }`)}]
`,
    },
  },
  {
    title: 'patterns with classes of characters',
    manifest: `${podAsking('classes')}    pillion.dev/classes.upper: Ärger\n    pillion.dev/classes.any: x\n`,
    profiles: {
      'classes.yaml': `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: classes }
spec:
  parameters:
    upper: { type: string, pattern: '^\\p{Lu}+$' }
    any: { type: string, pattern: '^(?i)[\\p{Greek}\\PN]$' }
`,
    },
  },
]

function podAsking(name: string): string {
  return `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{ name: app, image: a }]\nmetadata:\n  name: a\n  annotations:\n    pillion.dev/inject: ${name}\n`
}

describe('the worker that is built', () => {
  let ask: (call: Call) => Reply
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-worker-'))
    await buildPlayground(directory)
    const replies: Reply[] = []
    const scope: { onmessage?: (event: { data: Call }) => void } & Record<string, unknown> = {
      postMessage: (reply: Reply) => replies.push(reply),
      ...{ performance, TextEncoder, TextDecoder, URL, structuredClone, console },
    }
    // As under the policy of the page: no code from text.
    createContext(scope, { codeGeneration: { strings: false, wasm: false } })
    runInContext(await readFile(join(directory, 'worker.js'), 'utf8'), scope)
    ask = data => {
      scope.onmessage?.({ data })
      return replies.pop()!
    }
  })
  afterAll(() => rm(directory, { recursive: true }))

  it.each([...all, ...others])('answers as the sources do, although packages are cut: $title', example => {
    const own = Object.entries(example.profiles).map(([file, text]) => ({ file, text }))
    const question: Question = {
      id: 1,
      manifest: example.manifest,
      profiles: [...profiles, ...own],
      whatIf: asUsual,
      ...(own[0] && { opened: own[0].file }),
    }
    const reply = ask({ call: 7, name: 'answer', arguments: [question] })
    const expected = createAnalysis().answer(question)
    expect(JSON.parse(JSON.stringify(reply))).toEqual({
      call: 7,
      result: { ...JSON.parse(JSON.stringify(expected)), durationMs: expect.any(Number) },
    })
    expect((reply as unknown as { result: Answer }).result.id).toBe(1)
  })
})
