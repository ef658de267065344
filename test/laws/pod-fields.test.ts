import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply, profilesOf } from '../../src/engine/decide.fixture.ts'
import { uninject } from '../../src/engine/patch/uninject.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import { podPlaces } from '../../src/profile/places.ts'
import { type PodField, podFields } from '../../src/profile/schema/schema.ts'
import { decideOn, inject } from './arbitrary.ts'
import { valueFor } from './value-arbitrary.ts'

// The laws of random Pods also hold for a row that adds nothing. So each row must add something.
describe('a profile that gives a Pod only', () => {
  it.each(Object.keys(podFields) as PodField[])('%s adds it, once, and uninject removes it', field => {
    const message = `src/profile/places.ts: the row ${field} of podPlaces adds no value that podFields (src/profile/schema/schema.ts) allows; check its kind, its place and its key`
    const values = fc.sample(valuesOf(field), { numRuns: 100, seed: 1 }).filter(isSome)
    const given = values.find(value => arrives(field, value))
    expect(given, message).toBeDefined()
    const all = profileWith(field, given!)
    const injected = inject(pod, all)
    expect(decideOn(injected, all).patch).toEqual([])
    expect(apply(injected, uninject(injected))).toEqual(pod)
  })

  it('a list, number or object has a row of that kind', () => {
    for (const field of Object.keys(podFields) as PodField[]) {
      const isList = [schemaOf(field).type].flat().includes('array')
      const message = `src/profile/places.ts: the row ${field} of podPlaces is${isList ? ' not' : ''} a list`
      expect(podPlaces[field].kind === 'list', message).toBe(isList)
    }
  })
})

const pod = {
  metadata: { name: 'app', annotations: { 'pillion.dev/inject': 'alpha' } },
  spec: { containers: [{ name: 'app', image: 'nginx:1.29' }] },
} as unknown as Pod

/** Whether the Pod then has the value where Kubernetes reads it. */
function arrives(field: PodField, value: Json): boolean {
  const { metadata, spec } = inject(pod, profileWith(field, value)) as unknown as Record<string, JsonObject>
  const within = field === 'labels' || field === 'annotations' ? metadata : spec
  const found = within?.[field]
  return field === 'annotations'
    ? Object.entries(value as JsonObject).every(([key, text]) => (found as JsonObject)?.[key] === text)
    : JSON.stringify(found) === JSON.stringify(value)
}

function profileWith(field: PodField, value: Json) {
  return profilesOf({ alpha: { pod: { [field]: value } } })
}

/** As JSON: the members of an object in the order of its schema. */
function valuesOf(field: PodField): fc.Arbitrary<Json> {
  return valueFor(schemaOf(field)).map(value => JSON.parse(JSON.stringify(value)) as Json)
}

function schemaOf(field: PodField): Schema {
  const { written, rendered }: (typeof podFields)[PodField] & { readonly rendered?: Schema } =
    podFields[field]
  return rendered ?? (written as unknown as Schema)
}

function isSome(value: Json): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}
