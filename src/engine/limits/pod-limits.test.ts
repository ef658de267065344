import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { container, decideOn, namespace, podAsking, podOf, profilesOf } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'

const profiles = profilesOf({ side: { containers: [container('ship')] } })

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

function nested(levels: number): Json {
  return JSON.parse(`${'{"a":['.repeat(levels / 2)}${']}'.repeat(levels / 2)}`)
}

const mount = { name: 'v', mountPath: '/v' }
const app = (fields = {}) => ({ containers: [container('app', fields)] })
const ours = (count: number) => Object.fromEntries(many(count, i => [`pillion.dev/side.p${i}`, '']))

/** A Pod that is at a limit, the same with one more, and what that is denied with. */
const table: { what: string; within: Pod; beyond: Pod; says: string }[] = [
  {
    what: 'levels of nesting',
    // The Pod and its spec are two.
    within: podAsking('side', { ...app(), later: nested(limits.podDepth - 2) }),
    beyond: podAsking('side', { ...app(), later: nested(limits.podDepth) }),
    says: 'the Pod is nested 66 levels deep; the limit is 64',
  },
  {
    what: 'containers and init containers',
    within: podAsking('side', {
      containers: many(200, i => container(`c${i}`)),
      initContainers: many(56, i => container(`i${i}`)),
    }),
    beyond: podAsking('side', {
      containers: many(200, i => container(`c${i}`)),
      initContainers: many(57, i => container(`i${i}`)),
    }),
    says: 'the Pod has 257 containers and init containers; the limit is 256',
  },
  {
    what: 'volumes',
    within: podAsking('side', { ...app(), volumes: many(1_024, i => ({ name: `v${i}` })) }),
    beyond: podAsking('side', { ...app(), volumes: many(1_025, i => ({ name: `v${i}` })) }),
    says: 'the Pod has 1025 volumes; the limit is 1024',
  },
  {
    what: 'items of each kind',
    within: podAsking('side', items(16_384 - 6)),
    beyond: podAsking('side', items(16_384 - 5)),
    says: 'the Pod has 16385 environment variables and their sources, mounts, ports, pull secrets and host aliases; the limit is 16384',
  },
  {
    what: 'annotations of ours',
    within: podAsking('none', app(), ours(511)),
    beyond: podAsking('side', app(), ours(512)),
    says: 'the Pod has 513 annotations pillion.dev/…; the limit is 512',
  },
  {
    what: 'characters of an annotation',
    within: podAsking('none', app(), { 'pillion.dev/side.text': 'é'.repeat(65_536 - 21) }),
    beyond: podAsking('side', app(), { 'pillion.dev/side.text': 'é'.repeat(65_537 - 21) }),
    says: 'the Pod has 65537 characters in the annotation pillion.dev/side.text; the limit is 65536',
  },
  {
    what: 'characters of an annotation, of which the key has most and is not repeated in full',
    within: podAsking('none', app(), { [`pillion.dev/${'k'.repeat(65_536 - 12)}`]: '' }),
    beyond: podAsking('side', app(), { [`pillion.dev/${'k'.repeat(65_537 - 12)}`]: '' }),
    says: `the Pod has 65537 characters in the annotation pillion.dev/${'k'.repeat(63)}; the limit is 65536`,
  },
  {
    what: 'characters of the status',
    within: podAsking('side', app(), { 'pillion.dev/status': '{'.repeat(131_072) }),
    beyond: podAsking('side', app(), { 'pillion.dev/status': '{'.repeat(131_073) }),
    says: 'the Pod has 131073 characters in the annotation pillion.dev/status; the limit is 131072',
  },
]

/** So many variables, and one of each other kind, which makes six more. */
function items(count: number) {
  return {
    containers: [
      container('app', {
        env: many(count, i => ({ name: `E${i}` })),
        envFrom: [{ configMapRef: { name: 'c' } }],
        ports: [{ containerPort: 80 }],
      }),
    ],
    initContainers: [container('init', { env: [{ name: 'A' }], volumeMounts: [mount] })],
    imagePullSecrets: [{ name: 's' }],
    hostAliases: [{ ip: '10.0.0.1' }],
  }
}

describe('a Pod that opts in', () => {
  it.each(table)('is taken with as many $what as the limit says', ({ within }) => {
    expect(decideOn(within, profiles).reason).not.toBe('LimitExceeded')
  })

  it.each(table)('is denied with more $what', ({ beyond, says }) => {
    const { outcome, reason, message, patch } = decideOn(beyond, profiles)
    expect({ outcome, reason, message }).toEqual({
      outcome: 'denied',
      reason: 'LimitExceeded',
      message: says,
    })
    expect(patch).toEqual([])
  })

  it('is denied with more characters than the limit, counted as JSON has them', () => {
    const pod = podAsking('side', {
      ...app({ env: many(10_000, i => ({ name: `E${i}`, value: 'x'.repeat(200) })) }),
      later: [[], {}, [[], 'a'], { a: {}, b: [] }, 1, null, { a: true, b: null }],
    })
    const short = JSON.stringify(pod, (_, value) => (value === null || value === true ? 0 : value))
    expect(decideOn(pod, profiles).message).toBe(
      `the Pod has ${short.length} characters as JSON; the limit is ${limits.podLength}`,
    )
  })

  it.each<{ what: string; item: Json }>([
    { what: 'short texts', item: 'abc' },
    { what: 'empty texts', item: '' },
    { what: 'empty lists', item: [] },
    { what: 'objects with short keys', item: { a: { b: '' } } },
  ])('is denied with more characters than the limit, though its texts are shorter: $what', ({ item }) => {
    const text = 'x'.repeat(0.96 * limits.podLength)
    const count = Math.ceil((0.05 * limits.podLength) / (JSON.stringify(item).length + 1))
    const pod = podAsking('side', { ...app(), later: [text, ...new Array(count).fill(item)] })
    expect(decideOn(pod, profiles).message).toBe(
      `the Pod has ${JSON.stringify(pod).length} characters as JSON; the limit is ${limits.podLength}`,
    )
  })

  it('is told all limits at once, but its size only when it is within the others', () => {
    const pod = podAsking(
      'side',
      { containers: many(300, i => container(`c${i}`)), later: nested(70) },
      { 'pillion.dev/inject': 'x,'.repeat(40_000) },
    )
    expect(decideOn(pod, profiles).message.split('\n')).toEqual([
      '- the Pod has 300 containers and init containers; the limit is 256',
      '- the Pod has 80018 characters in the annotation pillion.dev/inject; the limit is 65536',
      expect.stringContaining('- the Pod has 80000 characters in the annotation pillion.dev/inject'),
    ])
  })

  it('is denied by the annotations of its namespace', () => {
    const annotations = {
      'pillion.dev/inject': 'side',
      'pillion.dev/side.x': 'x'.repeat(70_000),
      ...ours(600),
    }
    expect(decideOn(podOf(), profiles, { namespace: { ...namespace, annotations } })).toMatchObject({
      reason: 'LimitExceeded',
      message: [
        '- namespace shop has 602 annotations pillion.dev/…; the limit is 512',
        '- namespace shop has 70018 characters in the annotation pillion.dev/side.x; the limit is 65536',
      ].join('\n'),
    })
  })
})

describe('a Pod that does not opt in', () => {
  it('is left alone, whatever its size', () => {
    const spec = { containers: many(1_000, i => container(`c${i}`)), later: nested(200_000) }
    expect(decideOn(podOf(spec), profiles)).toMatchObject({ outcome: 'skipped', reason: 'NotRequested' })
  })
})
