import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { pillionWith } from '../../src/cli/recorded.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { appRows, listRows, podRows } from '../../src/profile/places.ts'
import { pods } from './arbitrary.ts'
import { profileDirectories } from './profile-directories.ts'

const apiVersions = {
  Pod: 'v1',
  ReplicationController: 'v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Rollout: 'argoproj.io/v1alpha1',
} as const
const kinds = Object.entries(apiVersions)
type Spec = NonNullable<Pod['spec']>

/** What may stand in place of a template's metadata; undefined leaves it out. */
const metadata = fc.constantFrom<object | undefined>(
  undefined,
  {},
  { creationTimestamp: null },
  { labels: null },
  { labels: null, annotations: null },
  { annotations: null, generateName: 'own-' },
  { labels: {} },
  { annotations: {} },
  { labels: { app: 'web' }, annotations: {} },
  { generateName: 'own-' },
  { labels: { app: 'web' }, annotations: { 'example.com/x': 'y' } },
)

/** A manifest as a person might write it: with or without comments, and one document or two. */
const manifests = fc
  .record({
    pod: pods,
    kind: fc.constantFrom(...kinds),
    metadata,
    isCommented: fc.boolean(),
    isTwice: fc.boolean(),
    isFlow: fc.boolean(),
    nulls: fc.subarray(
      [...podRows, ...listRows].flatMap(([field, place]) => (place.in === 'spec' ? [field] : [])),
    ),
    appNulls: fc.subarray(appRows.map(([field]) => field)),
    null: fc.constantFrom('null', '~', ''),
    seconds: fc.constantFrom('10', '0x10', '10.0', '1_0'),
  })
  .map(({ pod, kind: [kind, apiVersion], metadata: own, isCommented, isTwice, isFlow, ...odd }) => {
    const template: Pod = { ...(own && { metadata: own }), spec: withOdd(writable(pod), odd) } as Pod
    const style = isFlow ? ({ collectionStyle: 'flow' } as const) : {}
    const plain = stringify(workload(kind, apiVersion, template), { lineWidth: 0, ...style })
    const text = plain.replaceAll(/(?<=: )null\b/g, odd.null).replaceAll(/(?<=Seconds: )\d+/g, odd.seconds)
    const commented = isCommented ? `# first\n${text.replace('spec:\n', 'spec: # the spec\n')}# last\n` : text
    return isTwice ? `${commented}---\n${commented}` : commented
  })

function workload(kind: string, apiVersion: string, template: Pod): object {
  if (kind === 'Pod') return { apiVersion, kind, ...template }
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template }
  return { apiVersion, kind, metadata: { name: 'web' }, spec }
}

interface Odd {
  readonly nulls: readonly string[]
  readonly appNulls: readonly string[]
}

/** With nulls where nothing is. */
function withOdd(spec: Spec, { nulls, appNulls }: Odd): unknown {
  const nullsAt = (fields: readonly string[]) => Object.fromEntries(fields.map(field => [field, null]))
  const containers = (spec.containers ?? []).map(one => ({ ...nullsAt(appNulls), ...one }))
  return { ...nullsAt(nulls), terminationGracePeriodSeconds: 10, ...spec, containers }
}

/** Without values that are null: a key with nothing behind it is no field. */
function writable({ spec }: Pod): Spec {
  return JSON.parse(
    JSON.stringify(spec, (key, value) => (key === 'x-foreign' || value === null ? undefined : value)),
  )
}

describe('manifests', () => {
  let parent: string
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'pillion-laws-'))
  })
  afterAll(() => rm(parent, { recursive: true }))

  it('of every kind are, injected and uninjected, the same text to the byte', async () => {
    let injected = 0
    const directories = await profileDirectories(parent, 8)
    await fc.assert(
      fc.asyncProperty(manifests, fc.constantFrom(...directories), async (text, { directory }) => {
        const once = await run(['inject', '-f', '-', '--with', 'alpha', '--profiles', directory], text)
        fc.pre(once !== undefined)
        if (once !== text) injected++
        expect(await run(['uninject', '-f', '-'], once ?? '')).toBe(text)
      }),
      { numRuns: 320 },
    )
    // Some of the sets of profiles are for other namespaces only.
    expect(injected).toBeGreaterThan(40)
  })
})

/** What the command prints; undefined where it refuses. */
async function run(args: readonly string[], stdin: string): Promise<string | undefined> {
  const { code, out } = await pillionWith(args, stdin)
  return code === 0 ? out : undefined
}
