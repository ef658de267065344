import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import {
  decideOn,
  injectInto,
  podAsking,
  podOf,
  profilesOf,
  statusIn,
  uninjected,
} from '../decide.fixture.ts'
import type { Pod, Strings } from '../pod.ts'

const giving = (pod: JsonObject) =>
  profilesOf({ mesh: { parameters: { port: { type: 'integer', default: 9090 } }, pod } })

/** A Pod that asks for the profile, with labels, annotations and fields of its spec. */
function podWith({
  labels,
  annotations = {},
  ...spec
}: { labels?: object; annotations?: object } & JsonObject): Pod {
  const asking = { ...annotations, 'pillion.dev/inject': 'mesh' }
  return podOf(spec, { ...(labels && { labels }), annotations: asking } as JsonObject)
}

function expectGiven({ metadata, spec }: Pod, field: string, value: unknown): void {
  const given = metadata?.[field] ?? spec?.[field]
  if (typeof value === 'object') expect(given).toMatchObject(value as object)
  else expect(given).toBe(value)
}

/** As the parameter's default makes it. */
function rendered(wants: unknown): unknown {
  return JSON.parse(JSON.stringify(wants).replace('$(params.port)', '9090'))
}

const rows = [
  {
    field: 'labels',
    wants: { a: 'x', b: '$(params.port)' },
    own: { a: 'own' },
    gives: { a: 'own', b: '9090' },
    place: 'labels["a"]',
  },
  {
    field: 'annotations',
    wants: { a: 'x', b: '$(params.port)' },
    own: { a: 'own' },
    gives: { a: 'own', b: '9090' },
    place: 'annotations["a"]',
  },
  {
    field: 'imagePullSecrets',
    wants: [{ name: 'a' }, { name: 'b' }],
    own: [{ name: 'b' }],
    gives: [{ name: 'b' }, { name: 'a' }],
  },
  {
    field: 'hostAliases',
    wants: [
      { ip: '10.0.0.1', hostnames: ['x'] },
      { ip: '10.0.0.2', hostnames: ['y'] },
    ],
    own: [{ ip: '10.0.0.1', hostnames: ['own'] }],
    gives: [
      { ip: '10.0.0.1', hostnames: ['own'] },
      { ip: '10.0.0.2', hostnames: ['y'] },
    ],
    place: 'hostAliases["10.0.0.1"]',
  },
  { field: 'shareProcessNamespace', wants: true, own: false, gives: false, place: 'shareProcessNamespace' },
  {
    field: 'dnsConfig',
    wants: { nameservers: ['10.0.0.9'] },
    own: { nameservers: ['10.0.0.8'] },
    gives: { nameservers: ['10.0.0.8'] },
    place: 'dnsConfig',
  },
  {
    field: 'tolerations',
    wants: [
      { key: 'a', operator: 'Exists', tolerationSeconds: 1 },
      { key: 'b', operator: 'Exists' },
    ],
    own: [{ key: 'a', operator: 'Exists' }],
    gives: [
      { key: 'a', operator: 'Exists' },
      { key: 'b', operator: 'Exists' },
    ],
    place: 'tolerations["a,Exists,,"]',
  },
  { field: 'runtimeClassName', wants: 'gvisor', own: 'kata', gives: 'kata', place: 'runtimeClassName' },
  {
    field: 'securityContext',
    wants: { fsGroup: 2000 },
    own: { fsGroup: 1000, runAsUser: 7 },
    gives: { fsGroup: 1000, runAsUser: 7 },
    place: 'securityContext["fsGroup"]',
  },
  { field: 'terminationGracePeriodSeconds', wants: 60, own: 90, gives: 90 },
]

describe('what a profile gives to the Pod as a whole', () => {
  it.each(rows)('$field', ({ field, wants }) => {
    expectGiven(injectInto(podWith({}), giving({ [field]: wants })), field, rendered(wants))
  })

  it.each(rows)(
    "$field: the Pod's own stays, with a warning where it differs",
    ({ field, wants, own, gives, place }) => {
      const profiles = giving({ [field]: wants })
      const pod = podWith({ [field]: own })
      const injected = injectInto(pod, profiles)
      expectGiven(injected, field, gives)
      expect(decideOn(pod, profiles).warnings).toEqual(
        place === undefined
          ? []
          : [
              `profile mesh: the Pod has its own ${place}; it stays, and the value of profile mesh is not used`,
            ],
      )
      expect(uninjected(injected)).toEqual(pod)
    },
  )

  it.each(rows)('$field: is taken away again', ({ field, wants }) => {
    const injected = injectInto(podWith({}), giving({ [field]: wants }))
    expect(decideOn(injected, giving({ [field]: wants }))).toMatchObject({
      outcome: 'unchanged',
      warnings: [],
    })
    expect(uninjected(injected)).toEqual(podWith({}))
  })

  it.each(rows)(
    "$field: what is there already and the same is the Pod's, and stays its",
    ({ field, wants }) => {
      const pod = podWith({ [field]: rendered(wants) as Json })
      const injected = injectInto(pod, giving({ [field]: wants }))
      expectGiven(injected, field, rendered(wants))
      expect(uninjected(injected)).toEqual(pod)
    },
  )

  it.each([
    { field: 'labels', one: { a: '1' }, two: { a: '2' }, place: 'labels["a"]' },
    { field: 'annotations', one: { 'x/y': '1' }, two: { 'x/y': '2' }, place: 'annotations["x/y"]' },
    {
      field: 'hostAliases',
      one: [{ ip: '::1', hostnames: ['x'] }],
      two: [{ ip: '::1', hostnames: ['y'] }],
      place: 'hostAliases["::1"]',
    },
    { field: 'shareProcessNamespace', one: true, two: false, place: 'shareProcessNamespace' },
    { field: 'dnsConfig', one: { searches: ['a'] }, two: { searches: ['b'] }, place: 'dnsConfig' },
  ])(
    '$field: two profiles share it when they agree, and fight when they do not',
    ({ field, one, two, place }) => {
      const fighting = profilesOf({ one: { pod: { [field]: one } }, two: { pod: { [field]: two } } })
      expect(decideOn(podAsking('one,two'), fighting)).toMatchObject({
        outcome: 'denied',
        reason: 'Conflict',
        message: `profile two: ${place} is set by profile one to something else`,
      })
      const agreeing = profilesOf({ one: { pod: { [field]: one } }, two: { pod: { [field]: one } } })
      const injected = injectInto(podAsking('one,two'), agreeing)
      expectGiven(injected, field, one)
      expect(statusIn(injected)).toMatchObject({ profiles: { two: { revision: expect.any(String) } } })
      expect(uninjected(injected)).toEqual(podAsking('one,two'))
    },
  )

  it('is left out when its `when` is false', () => {
    const imagePullSecrets = [
      { name: 'a', when: 'params.port == 1' },
      { name: 'b', when: 'params.port == 9090' },
    ]
    expect(injectInto(podWith({}), giving({ imagePullSecrets })).spec?.imagePullSecrets).toEqual([
      { name: 'b' },
    ])
  })

  it('may have no key yet, or a name that every object has', () => {
    const { metadata } = injectInto(podWith({ labels: { x: 'y' } }), giving({ labels: { constructor: 'c' } }))
    expect(Object.entries(metadata?.labels ?? {})).toEqual([
      ['x', 'y'],
      ['constructor', 'c'],
    ])
  })
})

describe('terminationGracePeriodSeconds', () => {
  const seconds = (own: number | undefined, ...wanted: number[]) => {
    const names = wanted.map((_, i) => `p${i}`)
    const profiles = profilesOf(
      Object.fromEntries(
        wanted.map((terminationGracePeriodSeconds, i) => [
          `p${i}`,
          { pod: { terminationGracePeriodSeconds } },
        ]),
      ),
    )
    const pod = podAsking(names.join(), own === undefined ? {} : { terminationGracePeriodSeconds: own })
    const injected = injectInto(pod, profiles)
    expect(uninjected(injected)).toEqual(pod)
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged', patch: [], warnings: [] })
    expect(decideOn(pod, profiles).warnings).toEqual([])
    return injected.spec?.['terminationGracePeriodSeconds']
  }

  it.each<{ what: string; own?: number; wanted: number[]; is: number | undefined }>([
    { what: 'is raised', own: 45, wanted: [60], is: 60 },
    { what: 'is never lowered', own: 90, wanted: [60], is: 90 },
    { what: 'stays where it is as much', own: 60, wanted: [60], is: 60 },
    { what: 'is what the API server takes where there is none', wanted: [20], is: undefined },
    { what: 'is given where that is less', wanted: [31], is: 31 },
    { what: 'is the highest that is wanted', own: 10, wanted: [20, 60, 30], is: 60 },
    {
      what: 'is raised where it is negative, which the API server takes for 1',
      own: -1,
      wanted: [60],
      is: 60,
    },
  ])('$what', ({ own, wanted, is }) => {
    expect(seconds(own, ...wanted)).toBe(is)
  })

  it('becomes what it was, also when a second profile raised it later', () => {
    const profiles = profilesOf({
      one: { pod: { terminationGracePeriodSeconds: 60 } },
      two: { pod: { terminationGracePeriodSeconds: 120 } },
      three: { pod: { terminationGracePeriodSeconds: 180 } },
    })
    const also = (pod: Pod, request: string) => {
      const annotations = { ...pod.metadata?.annotations, 'pillion.dev/inject': request }
      return injectInto({ ...pod, metadata: { ...pod.metadata, annotations } }, profiles)
    }
    const once = injectInto(podAsking('one', { terminationGracePeriodSeconds: 40 }), profiles)
    const twice = also(once, 'one,two')
    expect(twice.spec?.['terminationGracePeriodSeconds']).toBe(120)
    expect(uninjected(twice)).toEqual(podAsking('one,two', { terminationGracePeriodSeconds: 40 }))
    const thrice = also(twice, 'one,two,three')
    expect(thrice.spec?.['terminationGracePeriodSeconds']).toBe(180)
    expect(uninjected(thrice)).toEqual(podAsking('one,two,three', { terminationGracePeriodSeconds: 40 }))
  })
})

describe('labels by the hundred thousand', () => {
  it('are gone through as often for 128 that a profile adds as for one', () => {
    const walksFor = (count: number) => {
      let walks = 0
      const labels = new Proxy({ own: '' } as Strings, {
        ownKeys(target) {
          walks++
          return Reflect.ownKeys(target)
        },
      })
      const added = Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, '']))
      const pod = podOf({}, { labels, annotations: { 'pillion.dev/inject': 'labelling' } })
      expect(decideOn(pod, profilesOf({ labelling: { pod: { labels: added } } })).outcome).toBe('injected')
      return walks
    }
    expect(walksFor(128)).toBe(walksFor(1))
  })
})
