import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import { core } from '../../src/profile/schema/core-schema.ts'
import { ProfileSpec, podFields } from '../../src/profile/schema/schema.ts'
import { decideOn, demanding, demandingDocuments, pods, profiles, unrelated } from './arbitrary.ts'

describe('the random profiles of the laws', () => {
  it('use every member of the schema, and of core/v1 each that a profile may have', () => {
    const used = new Set<string>()
    for (const documents of fc.sample(demandingDocuments, 1_000))
      for (const document of documents) addUsed((document as JsonObject)['spec'] as Json, '', used)
    const unused = membersOf(ProfileSpec as unknown as Schema, '').filter(member => !used.has(member))
    expect(unused, 'test/laws/profile-arbitrary.ts makes no profile with these members').toEqual([])
  })

  it.each([
    { name: 'that share names', all: profiles },
    { name: 'that require something', all: demanding },
    { name: 'that have nothing in common', all: unrelated },
  ])('$name are injected in four of five cases at least', ({ name, all }) => {
    const outcomes = new Map<string, number>()
    const cases = fc.sample(fc.tuple(pods, all), 500)
    for (const [pod, random] of cases) {
      const { outcome, reason } = decideOn(pod, random)
      const key = outcome === 'injected' ? outcome : `${outcome}: ${reason}`
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
    }
    const rates = [...outcomes].map(([key, count]) => `${key} ${Math.round((100 * count) / cases.length)} %`)
    process.stdout.write(`laws: profiles ${name}: ${rates.sort().join(', ')}\n`)
    expect(outcomes.get('injected')).toBeGreaterThan(0.8 * cases.length)
  })
})

/** The places in a spec that have a type of core/v1: what is in its members is up to the API server. */
const coreTypes: Readonly<Record<string, string>> = {
  '.volumes[]': 'Volume',
  ...Object.fromEntries(
    ['.usableIn', '.autoInject', '.rollout.canary'].flatMap(of =>
      ['namespaceSelector', 'podSelector'].map(selector => [`${of}.${selector}`, 'LabelSelector']),
    ),
  ),
  '.containers[]': 'Container',
  '.initContainers[]': 'Container',
  ...Object.fromEntries(
    ['containers', 'initContainers', 'appContainers'].flatMap(list => [
      [`.${list}[].env[]`, 'EnvVar'],
      [`.${list}[].envFrom[]`, 'EnvFromSource'],
      [`.${list}[].volumeMounts[]`, 'VolumeMount'],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(podFields as Readonly<Record<string, { readonly coreType?: string }>>).flatMap(
      ([field, { coreType }]) =>
        coreType === undefined
          ? []
          : [
              [`.pod.${field}`, coreType],
              [`.pod.${field}[]`, coreType],
            ],
    ),
  ),
}

/** `.containers[].inherit`: every member that the schema names. */
function membersOf(schema: Schema, at: string): readonly string[] {
  const { properties = {}, items, additionalProperties } = schema
  const ofCore: Readonly<Record<string, unknown>> = coreTypes[at]
    ? (core(coreTypes[at]).properties ?? {})
    : {}
  const own = Object.entries(properties).flatMap(([member, inner]) => {
    const path = `${at}.${member}`
    if ((inner as { readonly not?: unknown }).not !== undefined) return []
    const isOpen = !(member in ofCore) || Object.keys(coreTypes).some(place => place.startsWith(path))
    return [path, ...(isOpen ? membersOf(inner, path) : [])]
  })
  // Of a list of scalars, the list counts.
  const ofItems = items && !Array.isArray(items) ? membersOf(items, `${at}[]`) : []
  const ofValues =
    typeof additionalProperties === 'object' ? membersOf(additionalProperties as Schema, `${at}.*`) : []
  return [...own, ...ofItems, ...ofValues, ...patternMembers(schema, at)]
}

/** A record of typebox: any key of a pattern. */
function patternMembers(schema: Schema, at: string): readonly string[] {
  const { patternProperties = {} } = schema as { readonly patternProperties?: Record<string, Schema> }
  return Object.values(patternProperties).flatMap(inner => membersOf(inner, `${at}.*`))
}

/** The members that a value has, in the same words; a member of a map is `*`. */
function addUsed(value: Json, at: string, used: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) addUsed(item, `${at}[]`, used)
  else if (typeof value === 'object' && value !== null)
    for (const [member, inner] of Object.entries(value)) {
      const path = maps.has(at) ? `${at}.*` : `${at}.${member}`
      used.add(path)
      addUsed(inner as Json, path, used)
    }
}

const maps: ReadonlySet<string> = new Set(['.parameters'])
