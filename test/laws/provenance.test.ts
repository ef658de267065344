import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Subject } from '../../src/engine/decision.ts'
import { annotation, type Pod } from '../../src/engine/pod.ts'
import type { Origin } from '../../src/explain/origin.ts'
import { provenanceOf } from '../../src/explain/provenance.ts'
import { isObject, type Json, jsonText, member, sorted } from '../../src/json/json.ts'
import { pointerStep, stepsOf } from '../../src/json/pointer.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { compiler } from '../../src/template/cel/cel.ts'
import { literal } from '../../src/template/evaluate.ts'
import { askingFor, catalog } from '../catalog-asking.ts'
import { cluster, decideOn, demanding, inject, namespace, pods } from './arbitrary.ts'

const runs = { numRuns: 500 }
const subjectOf = (pod: Pod): Subject => ({ pod, namespace, operation: 'CREATE' })

/** Pods that ask for one to three profiles of the catalog. */
const catalogPods = fc
  .tuple(pods, fc.subarray([...catalog.all], { minLength: 1, maxLength: 2 }))
  .map(([pod, wanted]): Pod => {
    const asked = Object.assign({}, ...wanted.map(askingFor))
    const inject = wanted.map(({ name }) => name).join()
    // The parameters of other profiles would deny the Pod.
    const own = Object.entries(pod.metadata?.annotations ?? {}).filter(
      ([key]) => !key.startsWith(annotation.prefix),
    )
    const annotations = { ...Object.fromEntries(own), ...asked, [annotation.inject]: inject }
    return { ...pod, metadata: { ...pod.metadata, annotations } }
  })

/** The pointers of the scalars and empty collections that are in the result, and not in the Pod of the author. */
function addedLeaves(own: Json | undefined, now: Json, pointer = ''): string[] {
  if (Array.isArray(now)) {
    const standing = Array.isArray(own) ? own : []
    let next = 0
    return now.flatMap((item: Json, i) => {
      const isOwn = next < standing.length && extendsValue(standing[next], item)
      return addedLeaves(isOwn ? standing[next++] : undefined, item, `${pointer}/${i}`)
    })
  }
  if (isObject(now))
    return Object.entries(now).flatMap(([key, value = null]) =>
      addedLeaves(member(own, key), value, `${pointer}/${pointerStep(key)}`),
    )
  return own === now ? [] : [pointer]
}

function extendsValue(own: Json | undefined, now: Json | undefined): boolean {
  // Another container or volume. A member of an unknown field may also be a `name` that is no text.
  if (isObject(own) && isObject(now) && typeof own['name'] === 'string' && own['name'] !== now['name'])
    return false
  if (Array.isArray(own) && Array.isArray(now)) return own.length <= now.length
  return isObject(own)
    ? isObject(now) && Object.keys(own).every(key => extendsValue(own[key], now[key]))
    : own === now
}

function valueAt(value: Json, pointer: string): Json | undefined {
  return stepsOf(pointer).reduce<Json | undefined>(
    (held, step) => (Array.isArray(held) ? (held[Number(step)] as Json) : member(held, step)),
    value,
  )
}

function expectAllAdded(pod: Pod, profiles: Profiles) {
  if (decideOn(pod, profiles).outcome !== 'injected') return
  const after = inject(pod, profiles)
  const origins = provenanceOf(subjectOf(pod), profiles, cluster)
  const isLeaf = (pointer: string) => {
    const value = valueAt(after as Json, pointer)
    return typeof value !== 'object' || value === null
  }
  const added = addedLeaves(pod as Json, after as Json)
  expect([...origins.keys()].filter(isLeaf).sort()).toEqual(added.sort())
}

describe('the provenance of an injected Pod', () => {
  it('has an origin for each value that was added, and for nothing of the author: random profiles', () => {
    fc.assert(fc.property(pods, demanding, expectAllAdded), runs)
  })

  it('has an origin for each value that was added, and for nothing of the author: the catalog', () => {
    fc.assert(
      fc.property(catalogPods, pod => expectAllAdded(pod, catalog)),
      runs,
    )
  })

  it('is the same when the API server calls again', () => {
    fc.assert(
      fc.property(pods, demanding, (pod, profiles) => {
        if (decideOn(pod, profiles).outcome !== 'injected') return
        const first = provenanceOf(subjectOf(pod), profiles, cluster)
        const second = provenanceOf(subjectOf(inject(pod, profiles)), profiles, cluster)
        expect(new Map(second)).toEqual(new Map(first))
      }),
      runs,
    )
  })

  it('names what gives the value: the pointer of the profile with the values of its parameters', () => {
    let compared = 0
    fc.assert(
      fc.property(catalogPods, pod => {
        if (decideOn(pod, catalog).outcome !== 'injected') return
        const after = inject(pod, catalog) as Json
        for (const [pointer, origin] of provenanceOf(subjectOf(pod), catalog, cluster)) {
          if (!('profile' in origin) || origin.rule) continue
          const value = valueAt(after, pointer)
          if (typeof value === 'object' && origin.expressions.length === 0) continue
          expectGiven(value, origin)
          compared++
        }
      }),
      runs,
    )
    expect(compared).toBeGreaterThan(2_000)
  })
})

const sources = new Map(
  globSync(join(import.meta.dirname, '../../catalog/*.yaml')).map(file => {
    const object = parse(readFileSync(file, 'utf8')) as Json
    return [valueAt(object, '/metadata/name'), object]
  }),
)

function expectGiven(value: Json | undefined, origin: Extract<Origin, { profile: string }>) {
  const { profile, pointer, expressions, parameters } = origin
  const source = sources.get(profile)!
  const written = valueAt(source, pointer) ?? textOf(valueAt(source, pointer.replace(/value$/, 'json')))
  expect(written, `${profile} ${pointer}`).toBeDefined()
  const params = Object.fromEntries(parameters.map(({ name, value }) => [name, value]))
  const compile = compiler(catalog.find(profile, '')!.parameters, [
    'pod',
    'app',
    'container',
    'namespaceObject',
  ])
  for (const { source, value } of expressions) {
    const expression = compile(source)
    if ('error' in expression) throw new Error(expression.error)
    if (expression.reads !== 'nothing') continue
    const again = expression.evaluate({ params, pod: {}, namespaceObject: {}, app: {} })
    expect('value' in again && (again.value ?? null)).toEqual(value)
  }
  if (typeof written !== 'string' || typeof value === 'object') return
  const given = expressions.reduce(
    (text, { source, value }) => text.replace(`$(${source})`, () => String(value)),
    written,
  )
  const escaped = expressions.reduce(
    (text, { source, value }) => text.replace(`$(${source})`, () => literal(String(value))),
    written,
  )
  expect([given, escaped, given.replaceAll('$$(', '$(')]).toContain(String(value))
}

function textOf(json: Json | undefined): string | undefined {
  return json === undefined ? undefined : jsonText(sorted(json))
}
