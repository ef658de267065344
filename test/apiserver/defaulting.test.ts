import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decideOn, injectInto, podAsking, profilesOf } from '../../src/engine/decide.fixture.ts'
import { isContainer, isVolume } from '../../src/engine/plan/match.ts'
import type { Container, Named, Pod } from '../../src/engine/pod.ts'
import { isObject, type Json, type JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import { knownSchemas, type Schemas } from './core.ts'
import { defaulting, defaultingFile } from './defaulting.ts'
import { from } from './from.ts'
import { type DefaultingView, viewDefaulting } from './stored.ts'
import { describeWithApiServer } from './suite.ts'
import { usualMinor } from './versions.ts'

describeWithApiServer('What a real API server makes of a Pod', server => {
  let view: DefaultingView
  let known: Schemas
  beforeAll(async () => {
    known = await knownSchemas(server().request)
    view = await viewDefaulting(server())
  })
  afterAll(() => view?.close())

  it('is what the table of defaults says', from(usualMinor), async () => {
    expect(await defaulting(view, known)).toBe(await readFile(defaultingFile, 'utf8'))
  })

  it.each([
    { what: 'container', type: 'Container', isSame: isContainer },
    { what: 'volume', type: 'Volume', isSame: isVolume },
  ] as const)(
    'is no difference: a $what with any fields absent, zero or set',
    from('1.29'),
    async ({ what, type, isSame }) => {
      const schema = known[type]
      const some = fc.array(someOf(schema) as fc.Arbitrary<JsonObject>, { minLength: 20, maxLength: 20 })
      const picks = fc.array(fc.nat(), { minLength: 20, maxLength: 20 })
      let changes = 0
      await fc.assert(
        fc.asyncProperty(some, picks, fc.boolean(), async (values, changed, hostNetwork) => {
          const wanted = values.map((value, i): Container => ({ ...value, name: `c${i}` }))
          const stored = await storedOf(wanted, what === 'container', hostNetwork)
          for (const [i, one] of wanted.entries()) {
            const standing = stored[i]!
            expect(isSame(standing, one), JSON.stringify({ standing, one })).toBe(true)
            const other = withChange(one, schema, changed[i]!)
            if (!other) continue
            changes++
            expect(isSame(standing, other as Container), JSON.stringify({ standing, other })).toBe(false)
          }
        }),
        { numRuns: 30, endOnFailure: true },
      )
      expect(changes).toBeGreaterThan(400)
    },
  )

  it('is no difference: each field alone, with its zero value', from('1.29'), async () => {
    for (const [schema, isOfContainer] of [
      [known.Container, true],
      [known.Volume, false],
    ] as const) {
      const wanted = zerosOf(schema).map((value, i): Named => ({ ...(value as JsonObject), name: `c${i}` }))
      const stored = await storedOf(wanted, isOfContainer, false)
      const isSame = isOfContainer ? isContainer : isVolume
      const different = wanted.filter((one, i) => !isSame(stored[i] as Container, one as Container))
      expect(different).toEqual([])
      expect(wanted.length).toBeGreaterThan(100)
    }
  })

  it.each([true, false])('leaves nothing to do for a second call, hostNetwork %s', async hostNetwork => {
    const profiles = profilesOf({
      side: {
        parameters: { path: { type: 'string', default: '' }, seconds: { type: 'integer', default: 0 } },
        volumes: [
          { name: 'bare' },
          {
            name: 'disk',
            iscsi: { iqn: 'iqn', lun: 0, targetPortal: 'portal', iscsiInterface: '$(params.path)' },
          },
          {
            name: 'blocks',
            rbd: { image: 'image', monitors: ['monitor'], pool: '$(params.path)', user: '' },
          },
        ],
        containers: [
          {
            name: 'side',
            image: 'side:1',
            ports: [{ containerPort: 8123, hostPort: '$(params.seconds)', protocol: '$(params.path)' }],
            livenessProbe: {
              httpGet: { path: '$(params.path)', port: 8123, scheme: '$(params.path)' },
              periodSeconds: '$(params.seconds)',
              timeoutSeconds: 0,
              failureThreshold: 0,
              successThreshold: 0,
            },
            terminationMessagePath: '$(params.path)',
            terminationMessagePolicy: '$(params.path)',
            env: [
              {
                name: 'IP',
                valueFrom: { fieldRef: { apiVersion: '$(params.path)', fieldPath: 'status.podIP' } },
              },
              { name: 'TWICE', value: '1' },
              { name: 'TWICE', value: '2' },
            ],
          },
        ],
      },
    })
    const app = podAsking('side', { hostNetwork, containers: [{ name: 'app', image: 'app:1' }] })
    const injected = injectInto({ apiVersion: 'v1', kind: 'Pod', ...app }, profiles)
    const defaulted = await view.asDefaulted(injected)
    expect(JSON.stringify(defaulted)).toContain('"path":"/"')
    expect(decideOn(defaulted, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  async function storedOf(wanted: readonly Named[], isOfContainer: boolean, hostNetwork: boolean) {
    const app: Container = { name: 'app', image: 'app:1' }
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: {
        hostNetwork,
        containers: isOfContainer ? [app, ...wanted] : [app],
        volumes: isOfContainer ? [] : wanted,
      },
    }
    const { spec = {} } = await view.asDefaulted(pod)
    const stored = isOfContainer ? spec.containers : spec.volumes
    return (stored ?? []).filter(({ name }) => /^c\d+$/.test(name)) as Container[]
  }
})

function kindOf({ type, properties }: Schema): string {
  const kind = [type].flat()[0] ?? 'string'
  return kind === 'object' && !properties ? 'map' : kind
}

/** Any value of a schema: each field absent, zero, or some value. */
function someOf(schema: Schema): fc.Arbitrary<Json> {
  if (schema['x-quantity']) return fc.constantFrom<Json>('1Gi', '1024Mi', '500m', '0', 2, '0.5')
  switch (kindOf(schema)) {
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
        member['format'] === 'date-time' ? [] : [[key, someOf(member)] as const],
      )
      return fc.record(Object.fromEntries(members), { requiredKeys: [] }) as fc.Arbitrary<Json>
    }
    case 'map':
      if (typeof schema.additionalProperties !== 'object') return fc.constant({})
      return fc.dictionary(fc.constantFrom('a', 'b'), someOf(schema.additionalProperties as Schema), {
        maxKeys: 2,
      }) as fc.Arbitrary<Json>
    case 'array':
      return fc.array(someOf(schema.items ?? {}), { maxLength: 3 })
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return fc.integer({ min: 0, max: 3 })
    default:
      return fc.constantFrom<string>('', 'a', '/b/', ...((schema.enum as string[] | undefined) ?? []))
  }
}

/** One value for each field of a schema: nothing in it but that field, which is zero. */
function zerosOf(schema: Schema): Json[] {
  if (schema['format'] === 'date-time') return []
  if (schema['x-quantity']) return ['0']
  switch (kindOf(schema)) {
    case 'object':
      return [
        {},
        ...Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
          zerosOf(member).map(zero => ({ [key]: zero })),
        ),
      ]
    case 'map':
      return [{}]
    case 'array':
      return [[], ...zerosOf(schema.items ?? {}).map(zero => [zero])]
    case 'boolean':
      return [false]
    case 'integer':
    case 'number':
      return [0]
    default:
      return ['']
  }
}

/** What others rewrite, of a container or of a volume, and by what each is found. */
function isFree(key: string, value: Json, isRoot: boolean): boolean {
  if (key === 'pullPolicy') return true
  return (
    isRoot &&
    (['imagePullPolicy', 'resources', 'name'].includes(key) || (key === 'image' && !isObject(value)))
  )
}

/** The same value with one scalar in it changed, by some number; undefined where there is none to change. */
function withChange(value: JsonObject, schema: Schema, pick: number): JsonObject | undefined {
  const places = scalarsIn(value, schema, [], true)
  const place = places[pick % Math.max(places.length, 1)]
  return place && (changedAt(value, place) as JsonObject)
}

type Place = readonly (string | number)[]

function scalarsIn(value: Json, schema: Schema, place: Place, isRoot = false): readonly Place[] {
  if (Array.isArray(value))
    return value.flatMap((item, i) => scalarsIn(item, schema.items ?? {}, [...place, i]))
  if (!isObject(value)) return [place]
  return Object.entries(value as Readonly<Record<string, Json>>).flatMap(([key, member]) => {
    const below = (schema.properties?.[key] ?? schema.additionalProperties ?? {}) as Schema
    return isFree(key, member, isRoot) ? [] : scalarsIn(member, below, [...place, key])
  })
}

function changedAt(value: Json, [step, ...rest]: Place): Json {
  if (step === undefined) {
    if (typeof value === 'boolean') return !value
    if (typeof value === 'number') return value + 7
    return /^[\d.]+(m|Mi|Gi)?$/.test(String(value)) ? `7${value}` : `${value}x`
  }
  if (Array.isArray(value)) return value.with(Number(step), changedAt(value[Number(step)] as Json, rest))
  return { ...(value as JsonObject), [step]: changedAt((value as JsonObject)[step] as Json, rest) }
}
