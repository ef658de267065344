import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import { describe, expect, it } from 'vitest'
import { withStatus } from '../../src/engine/decide.fixture.ts'
import { live } from '../../src/engine/live.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { claimOf, statusOf } from '../../src/engine/status/status.ts'
import { type PodUpdate, updateKinds } from '../../src/engine/update/pod-update.ts'
import { updateTo } from '../../src/engine/update/update-to.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import { stepsOf } from '../../src/json/pointer.ts'
import { collect, type Profiles } from '../../src/profile/accept/profiles.ts'
import { accepted, cluster, decideOn, inject, namespace, pods, profileDocuments } from './arbitrary.ts'

type Spec = { readonly [field: string]: Json } & {
  readonly containers: readonly JsonObject[]
  readonly initContainers: readonly JsonObject[]
  readonly pod: JsonObject
}

const sidecars = (change: JsonObject) => (spec: Spec) => ({
  ...spec,
  containers: spec.containers.map(container => ({ ...container, ...change })),
})
const metadata = (field: 'labels' | 'annotations', change: JsonObject) => (spec: Spec) => {
  const members = Object.entries({ ...(spec.pod[field] as object), ...change })
  const left = Object.fromEntries(members.filter(([, value]) => value !== null))
  return { ...spec, pod: { ...spec.pod, [field]: left } } as Spec
}

/** Edits of a profile, some of which change in place. */
const edits: { readonly [what: string]: (spec: Spec) => Spec } = {
  image: sidecars({ image: 'busybox:1.38' }),
  cpu: sidecars({ resources: { requests: { cpu: '0.7', memory: '64Mi' } } }),
  memory: sidecars({ resources: { requests: { cpu: '0.5', memory: '32Mi' } } }),
  limit: sidecars({ resources: { requests: { cpu: '0.5' }, limits: { memory: '64Mi' } } }),
  description: spec => ({ ...spec, description: 'Better.' }),
  annotation: metadata('annotations', { 'example.com/alpha': 'other' }),
  'new annotation': metadata('annotations', { 'example.com/more': '$(pod.metadata.?name.orValue("none"))' }),
  'no annotation': metadata('annotations', { 'example.com/alpha': null }),
  label: metadata('labels', { alpha: 'no' }),
  env: sidecars({ env: [] }),
  'init image': spec => ({
    ...spec,
    initContainers: spec.initContainers.map(container => ({ ...container, image: 'busybox:1.38' })),
  }),
  volume: spec => {
    const [{ name, when }] = spec['volumes'] as [JsonObject]
    const conditional = when !== undefined && { when }
    return { ...spec, volumes: [{ name: name!, ...conditional, emptyDir: { medium: 'Memory' } }] }
  },
  'app containers': spec => ({ ...spec, appContainers: [] }),
  order: spec => ({ ...spec, order: { after: ['setup', 'web'] } }),
  lifecycle: spec => ({ ...spec, lifecycle: 'regular' }),
}
const inPlace = Object.keys(edits).slice(0, 9)

/** Three profiles, and the same ones after an edit of alpha. */
interface Revised {
  readonly before: Profiles
  readonly after: Profiles
}

const chosen = fc.oneof(
  fc.subarray(inPlace, { minLength: 1 }),
  fc.subarray(Object.keys(edits), { minLength: 1, maxLength: 3 }),
)

/** To read a profile takes longer than a case of a law, so the laws share a pool. */
const size = 150
let pool: readonly (() => Revised)[] | undefined
const revised: fc.Arbitrary<Revised> = fc.noBias(fc.nat(size - 1)).map(which => {
  pool ??= fc.sample(fc.tuple(profileDocuments, chosen), size).map(drawn => {
    let read: Revised | undefined
    return () => (read ??= edited(...drawn))
  })
  return pool[which]!()
})

function edited(documents: readonly Json[], chosen: readonly string[]): Revised {
  const [alpha, ...others] = documents
  const { spec, ...object } = alpha as { spec: Spec }
  const next = { ...object, spec: chosen.reduce((edited, what) => edits[what]!(edited), spec) }
  const inUse = (all: readonly Json[]) => collect(all.map(accepted)).profiles
  return {
    before: inUse(documents),
    after: inUse([next, ...others]),
    // A counterexample is read by people.
    [fc.toStringMethod]: () => JSON.stringify({ chosen, documents }),
  } as Revised
}

const at = '2026-01-02T03:04:05Z'

function way(pod: Pod, before: Profiles, after: Profiles): PodUpdate {
  const [from, to] = [before, after].map(all => all.find('alpha', 'default')!)
  return updateTo({ pod, namespace }, from!, to!, before, cluster, { at })
}

function patched(pod: Pod, { patches }: PodUpdate): Pod {
  return patches.reduce<Pod>((current, { operations }) => {
    const copied = structuredClone(operations) as jsonPatch.Operation[]
    return jsonPatch.applyPatch(current, copied, true, false).newDocument
  }, pod)
}

/** A Pod that runs with alpha, and its update. */
function holds(law: (pod: Pod, update: PodUpdate, revised: Revised, author: Pod) => void): void {
  fc.assert(
    fc.property(pods, revised, ({ metadata, ...drawn }, { before, after }) => {
      // As a controller creates it, and so `live` leaves its name out.
      const { name: _, ...others } = metadata ?? {}
      const author: Pod = { ...drawn, metadata: { ...others, generateName: 'cart-' } }
      const { outcome, patch } = decideOn(author, before)
      fc.pre(outcome === 'injected' && patch.length > 0)
      const pod = live(inject(author, before))
      fc.pre(claimOf('alpha', statusOf(pod)) !== undefined)
      law(pod, way(pod, before, after), { before, after }, author)
    }),
    { numRuns: 150 },
  )
}

function isInPlace({ kind }: PodUpdate): boolean {
  return kind !== 'none' && kind !== 'recreate'
}

function withoutStatus({ metadata = {}, ...pod }: Pod) {
  const { 'pillion.dev/status': _, ...annotations } = metadata.annotations ?? {}
  return { ...pod, metadata: { ...metadata, annotations } }
}

describe('an update of a Pod that runs', () => {
  it('in place gives what a new Pod gets, and nothing is left to do', () => {
    const kinds = new Set<string>()
    holds((pod, update, { before, after }, author) => {
      kinds.add(update.kind)
      fc.pre(isInPlace(update))
      const updated = patched(pod, update)
      expect(withoutStatus(updated)).toEqual(withoutStatus(live(inject(author, after))))
      expect(way(updated, before, after)).toMatchObject({ kind: 'none', patches: [] })
    })
    expect([...kinds].sort()).toEqual(
      updateKinds.filter(kind => kind !== 'none' || kinds.has('none')).toSorted(),
    )
  })

  it('in place can be undone in place, and the Pod is then as it was', () => {
    holds((pod, update, { before, after }) => {
      fc.pre(isInPlace(update))
      const updated = patched(pod, update)
      const back = way(updated, after, before)
      expect(isInPlace(back)).toBe(true)
      expect(withoutStatus(patched(updated, back))).toEqual(withoutStatus(pod))
    })
  })

  it('changes nothing but what the status names, with a test of each value that it replaces', () => {
    holds((pod, update) => {
      const claimed = claimOf('alpha', statusOf(pod))!
      for (const { operations } of update.patches)
        for (const [i, { op, path }] of operations.entries()) {
          if (op === 'test') continue
          const [root, list = '', index = '', field = ''] = stepsOf(path)
          if (root === 'metadata') {
            expect(['labels', 'annotations']).toContain(list)
            if (list === 'labels') expect(claimed.labels).toContain(index)
            continue
          }
          expect(['containers', 'initContainers']).toContain(list)
          expect(['image', 'resources']).toContain(field)
          const name = pod.spec?.[list as 'containers']?.[Number(index)]?.name
          expect(claimed[list as 'containers']).toContain(name)
          expect(operations[i - 2]).toEqual({ op: 'test', path: `/spec/${list}/${index}/name`, value: name })
          expect(operations[i - 1]).toMatchObject({ op: 'test', path })
        }
    })
  })

  it('is the same for the same arguments, to the byte, and leaves them as they were', () => {
    holds((pod, update, { before, after }) => {
      const text = JSON.stringify(pod)
      expect(JSON.stringify(way(structuredClone(pod), before, after))).toBe(JSON.stringify(update))
      expect(JSON.stringify(pod)).toBe(text)
    })
  })

  it('by a forged status changes no container that the profile does not give, and throws nothing', () => {
    const names = fc.subarray(['app', 'web', 'ship', 'scrape', 'guard', 'setup', 'alpha-init', '__proto__'])
    const claims = fc.record({
      initContainers: names,
      containers: names,
      volumes: fc.subarray(['logs', 'data', 'shared']),
      labels: fc.subarray(['alpha', 'app', 'team']),
      annotations: fc.subarray(['example.com/alpha', 'example.com/other', 'pillion.dev/inject']),
      app: fc.dictionary(
        names.map(([name = 'app']) => name),
        fc.record({ env: fc.subarray(['A', 'LOG_PATH']) }),
      ),
      updated: fc.oneof(fc.jsonValue(), fc.constant({ from: 'aaaaaaaaaa', at })),
    })
    fc.assert(
      fc.property(pods, revised, claims, fc.boolean(), (author, { before, after }, claimed, isInjected) => {
        const { revision } = before.find('alpha', 'default')!
        const pod = live(
          withStatus(isInjected ? inject(author, before) : author, {
            profiles: { alpha: { ...claimed, revision } },
          }),
        )
        for (const { operations } of way(pod, before, after).patches)
          for (const { op, path } of operations) {
            const [root, list = '', index = ''] = stepsOf(path)
            if (op === 'test' || root === 'metadata') continue
            const container = pod.spec?.[list as 'containers']?.[Number(index)]
            expect(claimed[list as 'containers']).toContain(container?.name)
            expect(container?.image).toBe('busybox:1.37')
          }
      }),
      { numRuns: 200 },
    )
  })
})
