import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pillionWith } from '../cli/recorded.fixture.ts'

const profiles = `
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: logging }
spec:
  parameters:
    path: { type: string, default: /logs }
  containers: [{ name: logging, image: "logging:1" }]
---
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: mesh }
spec:
  autoInject: { podSelector: { matchLabels: { mesh: "yes" } } }
  containers: [{ name: mesh, image: "mesh:1" }]
`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pillion-mistakes-'))
  await writeFile(join(directory, 'profiles.yaml'), profiles)
})
afterAll(() => rm(directory, { recursive: true }))

async function pillion(stdin: string, ...args: readonly string[]) {
  return pillionWith([...args, '-f', '-', '--profiles', directory], stdin)
}

const deployment = (own: string, template: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {${own}}
spec:
  template:
    metadata: {${template}}
    spec:
      containers: [{ name: app, image: "app:1" }]
`

const misplaced =
  'annotation pillion.dev/inject has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/inject: logging under spec.template.metadata.annotations'

describe('an annotation on the Deployment itself', () => {
  const manifest = deployment('pillion.dev/inject: logging', '')

  it('is reported by inject, with its line, and the manifest is printed as it is', async () => {
    expect(await pillion(manifest, 'inject')).toEqual({
      code: 0,
      out: manifest,
      err: `-:5: Deployment/web: warning: ${misplaced}\ndeployment/web: skipped, nothing asks for a profile\n`,
    })
  })

  it('is reported by explain', async () => {
    const { code, out } = await pillion(manifest, 'explain')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^-:7: Deployment\/web: skipped \(NotRequested\)\n/),
    })
    expect(out).toContain(`\n  warning: ${misplaced}\n`)
  })

  it('is in the JSON of explain, with its place', async () => {
    const { out } = await pillion(manifest, 'explain', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject([
      {
        mistakes: [
          { file: '-', line: 5, path: ['metadata', 'annotations', 'pillion.dev/inject'], message: misplaced },
        ],
      },
    ])
  })

  it('is reported with its line if the Deployment is in a List', async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${manifest.trimEnd().replaceAll('\n', '\n  ')}\n`
    expect((await pillion(list, 'inject')).err).toContain(`-:8: Deployment/web: warning: ${misplaced}\n`)
  })
})

it('a mistake of which the decision also warns is reported once', async () => {
  const manifest = deployment('', 'annotations: {pillion.dev/inject: logging, pillion.dev/injct: x}')
  const { err } = await pillion(manifest, 'inject')
  const told = 'annotation pillion.dev/injct means nothing to Pillion; did you mean pillion.dev/inject?'
  expect(err).toBe(`-:7: Deployment/web: warning: ${told}\ndeployment/web: injected logging\n`)
})

describe('a value without quotation marks', () => {
  it.each([
    {
      value: 'inject: true',
      says: ': write names of profiles, for example pillion.dev/inject: log-tail, work-dir',
    },
    { value: 'inject: false', says: ': to opt out, write pillion.dev/inject: none' },
    { value: 'logging.path: 8', says: ': quote it, as in "8"' },
  ])('$value is reported with what to write', async ({ value, says }) => {
    const { code, err } = await pillion(deployment('', `annotations: {pillion.dev/${value}}`), 'explain')
    const key = value.split(':', 1)[0]
    expect({ code, err }).toEqual({
      code: 1,
      err: `-:8:30: spec.template.metadata.annotations["pillion.dev/${key}"]: must be a string${says}\n`,
    })
  })
})

describe('the source of a request', () => {
  const enabled = `apiVersion: v1
kind: Namespace
metadata:
  name: default
  labels: {pillion.dev/inject: enabled}
  annotations: {pillion.dev/inject: logging}
`
  const silent = deployment('', '')
  const selected = deployment('', 'labels: {mesh: "yes"}')
  it.each([
    {
      by: 'annotation pillion.dev/inject of the Pod',
      manifest: deployment('', 'annotations: {pillion.dev/inject: logging}'),
    },
    { by: 'annotation pillion.dev/inject of namespace default', manifest: `${enabled}---\n${silent}` },
    { by: '--with', manifest: silent, flags: ['--with', 'logging'] },
    {
      by: 'autoInject of the profiles',
      manifest: `${enabled.replace(/ {2}annotations.*\n/, '')}---\n${selected}`,
    },
  ])('$by', async ({ by, manifest, flags = [] }) => {
    const { out } = await pillion(manifest, 'explain', ...flags)
    expect(out).toMatch(/ injected \(Injected\)\n/)
    expect(out).toContain(`\n  requested by ${by}\n`)
  })

  it('has no effect if the API server does not call Pillion: autoInject needs an enabled namespace', async () => {
    const { code, out } = await pillion(selected, 'explain')
    expect({ code, out }).toEqual({
      code: 0,
      out: `-:7: Deployment/web: skipped (NotCalled)
  the API server does not call Pillion for this Pod: the Pod has no annotation pillion.dev/inject, and namespace default does not have the label pillion.dev/inject=enabled; run: kubectl label namespace default pillion.dev/inject=enabled; the labels of this namespace are not known, because no manifest contains it: use --namespace-manifest FILE
  requested by autoInject of the profiles
`,
    })
  })
})
