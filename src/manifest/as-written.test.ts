import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pillionWith } from '../cli/recorded.fixture.ts'

const profile = {
  apiVersion: 'pillion.dev/v1alpha1',
  kind: 'ClusterSidecarProfile',
  metadata: { name: 'slow' },
  spec: {
    volumes: [{ name: 'logs', emptyDir: {} }],
    appContainers: [{ select: 'all', volumeMounts: [{ name: 'logs', mountPath: '/logs' }] }],
    pod: { terminationGracePeriodSeconds: 60, labels: { slow: 'yes' } },
  },
}

describe('how a manifest writes numbers and nulls', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-as-written-'))
    await writeFile(join(directory, 'slow.json'), JSON.stringify(profile))
  })
  afterAll(() => rm(directory, { recursive: true }))

  const inject = (text: string) => run(['inject', '-f', '-', '--with', 'slow', '--profiles', directory], text)
  const uninject = (text: string) => run(['uninject', '-f', '-'], text)

  it.each(['0x28', '40.0', '4_0', '050', '40', 'null', '~', ''])('is given back: %j', async written => {
    const text = manifest(` ${written}`.trimEnd())
    const injected = await inject(text)
    expect(injected).toContain('terminationGracePeriodSeconds: 60 # why\n')
    expect(await uninject(injected)).toBe(text)
    expect(await inject(injected), 'injected once more').toBe(injected)
  })

  it.each([
    {
      what: 'lists of the Pod and of a container',
      text: manifest(' 40', 'volumes: ~', 'volumeMounts: null'),
    },
    {
      what: 'a container that only Knative names',
      text: `apiVersion: serving.knative.dev/v1
kind: Service
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 0x28
      containers:
        - image: a:1
          volumeMounts: ~
`,
    },
    { what: 'metadata in which all is null', text: manifest('').replace('{ app: web }', '~') },
    {
      what: 'flow style',
      text: manifest('').replace(
        /spec:.*/s,
        'spec: { containers: [{ name: app, volumeMounts: }], volumes: ~ }\n',
      ),
    },
  ])('is restored for $what', async ({ text }) => {
    const injected = await inject(text)
    expect(injected).not.toBe(text)
    expect(await inject(injected), 'injected once more').toBe(injected)
    expect(await uninject(injected)).toBe(text)
  })

  it.each([
    ['another number', '"0x29"'],
    ['text that would go on', '"40\\nhostNetwork: true"'],
    ['no text', '40'],
    ['what is no number', '"[1]"'],
  ])('counts only if it is the expected value: %s', async (_, note) => {
    const injected = await inject(manifest(' 0x28'))
    const forged = injected.replace(/(as-written: ).*/, `$1'{"/spec/terminationGracePeriodSeconds":${note}}'`)
    expect(forged).not.toBe(injected)
    expect(await uninject(forged)).toBe(manifest(' 40'))
  })
})

function manifest(seconds: string, inSpec = '', inContainer = ''): string {
  const lines = [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  labels: { app: web }',
    'spec:',
    `  terminationGracePeriodSeconds:${seconds} # why`,
    ...(inSpec ? [`  ${inSpec}`] : []),
    '  containers:',
    '    - name: app',
    ...(inContainer ? [`      ${inContainer}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

async function run(args: readonly string[], stdin: string): Promise<string> {
  const { code, out, err } = await pillionWith(args, stdin)
  expect({ code, warning: /warning.*/.exec(err)?.[0] }).toEqual({ code: 0 })
  return out
}
