import { describe, expect, it } from 'vitest'
import { decideOn, namespace, podAsking, podOf, profilesOf, subjectOf } from '../decide.fixture.ts'
import type { Strings } from '../pod.ts'
import { resolve } from './resolve.ts'

const profiles = profilesOf({
  logging: {
    parameters: {
      path: { type: 'string', default: '/var/log/app', pattern: '^/' },
      port: { type: 'integer', default: 4318, minimum: 1, maximum: 65535 },
      ratio: { type: 'number', default: 0.5 },
      ship: { type: 'boolean', default: true },
      memory: { type: 'quantity', default: '64Mi' },
      token: { type: 'string' },
    },
  },
  strict: { parameters: { tenant: { type: 'string', required: true, enum: ['red', 'blue'] } } },
  plain: {},
})
const logging = profiles.find('logging', 'shop')!

function resolveWith(pod: Strings, inherited: Strings = {}) {
  const subject = subjectOf(podOf({}, { annotations: pod }), {
    namespace: { ...namespace, annotations: inherited },
  })
  return resolve(logging, subject)
}

const set = (name: string, value: string) => ({ [`pillion.dev/logging.${name}`]: value })

describe('resolve', () => {
  it.each([
    { pod: set('port', '1'), inherited: set('port', '2'), value: 1, from: 'pod' },
    { pod: {}, inherited: set('port', '2'), value: 2, from: 'namespace' },
    { pod: {}, inherited: {}, value: 4318, from: 'default' },
  ])('takes a parameter from the $from', ({ pod, inherited, value, from }) => {
    expect(resolveWith(pod, inherited).parameters).toContainEqual({ name: 'port', value, from })
  })

  it('gives the same again for the same texts, and for others what they say', () => {
    const texts = [{}, set('path', '/a'), set('path', '/b'), set('token', '/a'), set('token', '')]
    const pairs = texts.flatMap(own => texts.map(inherited => [own, inherited] as const))
    const resolved = pairs.map(pair => resolveWith(...pair))
    const paramsOf = (own: Strings, inherited: Strings) => {
      const value = (name: string) =>
        [own, inherited].map(said => said[`pillion.dev/logging.${name}`]).find(text => text !== undefined)
      return { path: value('path') ?? '/var/log/app', token: value('token') }
    }
    resolved.forEach(({ params }, i) => {
      expect({ token: undefined, ...params }).toMatchObject(paramsOf(...pairs[i]!))
      expect(resolveWith(...pairs[i]!).params).toBe(params)
    })
  })

  it('gives each value its type', () => {
    const annotations = {
      ...set('path', '/logs'),
      ...set('port', '80'),
      ...set('ratio', '1e-3'),
      ...set('ship', 'false'),
      ...set('memory', '1Gi'),
      ...set('token', ''),
    }
    expect(resolveWith(annotations).parameters.map(({ value }) => value)).toEqual([
      '/logs',
      80,
      0.001,
      false,
      '1Gi',
      '',
    ])
  })

  it('leaves out a parameter that has no value and needs none', () => {
    expect(resolveWith({}).parameters.map(({ name }) => name)).not.toContain('token')
  })

  it('takes what is wrong in the namespace for wrong only where the Pod does not say better', () => {
    expect(resolveWith({}, set('port', 'high')).refused.map(({ message }) => message)).toEqual([
      'annotation pillion.dev/logging.port of namespace shop: "high" is not an integer',
    ])
    expect(resolveWith(set('port', '80'), set('port', 'high')).refused).toEqual([])
  })

  it('resolves for a Pod that has no metadata', () => {
    const subject = subjectOf({ spec: {} })
    expect(resolve(logging, subject).parameters).toHaveLength(5)
  })
})

describe('what is wrong with what a Pod asks', () => {
  it('is said all at once', () => {
    const pod = podAsking(
      'logging,strict,metrics',
      {},
      {
        ...set('path', 'logs'),
        ...set('port', '99999'),
        ...set('prot', '80'),
        ...set('ship', 'yes'),
        ...set('memory', 'much'),
      },
    )
    expect(decideOn(pod, profiles)).toMatchObject({
      outcome: 'denied',
      reason: 'UnknownProfile',
      message: [
        '- the Pod asks for an unknown profile "metrics"; available: logging, plain, strict',
        '- annotation pillion.dev/logging.path: "logs" does not have the right form, for example "/var/log/app"',
        '- annotation pillion.dev/logging.port: "99999" is more than 65535',
        '- annotation pillion.dev/logging.ship: "yes" is not true or false',
        '- annotation pillion.dev/logging.memory: "much" is not a quantity such as 64Mi or 100m',
        '- profile strict needs the annotation pillion.dev/strict.tenant (one of red, blue)',
        '- annotation pillion.dev/logging.prot: profile logging has no such parameter; did you mean pillion.dev/logging.port?; its parameters: path, port, ratio, ship, memory, token',
      ].join('\n'),
      patch: [],
    })
  })

  it('is nothing that a status or the request itself says', () => {
    const pod = podAsking('plain', {}, { 'pillion.dev/status': 'x', 'example.com/logging.prot': '1' })
    expect(decideOn(pod, profiles)).toMatchObject({ outcome: 'unchanged', warnings: [] })
  })

  it.each([
    {
      key: 'pillion.dev/plain.port',
      says: 'annotation pillion.dev/plain.port: profile plain has no such parameter; it has no parameters',
      why: 'a parameter of a profile that has none',
    },
    {
      key: 'pillion.dev/plian.port',
      says: 'annotation pillion.dev/plian.port: there is no profile "plian"; available: logging, plain, strict',
      why: 'a parameter of no profile',
    },
    {
      key: 'pillion.dev/loging.port',
      says: 'annotation pillion.dev/loging.port: there is no profile "loging"; did you mean pillion.dev/logging.port?',
      why: 'a parameter of no profile, near one',
    },
    {
      key: 'pillion.dev/logging.toString',
      says: expect.stringContaining('profile logging has no such parameter'),
      why: 'a name that every object has',
    },
    {
      key: 'pillion.dev/logging.port.x',
      says: expect.stringContaining('profile logging has no such parameter'),
      why: 'a longer name than a parameter has',
    },
  ])('$why denies', ({ key, says }) => {
    const decision = decideOn(podAsking('logging,plain', {}, { [key]: '1' }), profiles)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'UnknownParameter', message: says })
  })

  it.each([
    {
      key: 'pillion.dev/strict.tenant',
      says: 'annotation pillion.dev/strict.tenant has no effect: the Pod does not get profile strict',
      why: 'a parameter of a profile that the Pod does not get',
    },
    {
      key: 'pillion.dev/colour',
      says: 'annotation pillion.dev/colour means nothing to Pillion',
      why: 'a key of no meaning',
    },
    {
      key: 'pillion.dev/injects',
      says: 'annotation pillion.dev/injects means nothing to Pillion; did you mean pillion.dev/inject?',
      why: 'a key near one of ours',
    },
  ])('$why is worth a warning', ({ key, says }) => {
    const decision = decideOn(podAsking('plain', {}, { [key]: '1' }), profiles)
    expect(decision).toMatchObject({ outcome: 'unchanged', warnings: [says] })
  })

  it('is not asked of a namespace, whose annotations are for all its Pods', () => {
    const shared = {
      ...namespace,
      annotations: { 'pillion.dev/strict.tenat': '1', 'pillion.dev/colour': 'x' },
    }
    expect(decideOn(podAsking('plain'), profiles, { namespace: shared })).toMatchObject({
      outcome: 'unchanged',
      warnings: [],
    })
  })

  it('is told in a bounded way, however many there are', () => {
    const strays = Object.fromEntries(
      Array.from({ length: 450 }, (_, i) => [
        `pillion.dev/logging.memory${i.toString(36).padStart(2, '0')}`,
        '1',
      ]),
    )
    const { message, warnings } = decideOn(podAsking('logging', {}, strays), profiles)
    const lines = message.split('\n')
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('- and 350 more')
    expect(lines.filter(line => line.includes('did you mean'))).toHaveLength(16)
    expect(warnings).toEqual([])
  })
})

describe('what is kept of a profile whose parameters differ from Pod to Pod', () => {
  const large = profilesOf({
    large: {
      parameters: { n: { type: 'string', default: '' } },
      appContainers: Array.from({ length: 2 }, () => ({
        select: 'all',
        env: Array.from({ length: 120 }, (_, i) => ({ name: `E${i}`, value: '$(params.n)' })),
      })),
    },
  })
  const [profile] = large.all

  it('is bounded by what it took to make: the first is gone after some', () => {
    const of = (n: number) =>
      resolve(profile!, subjectOf(podOf({}, { annotations: { 'pillion.dev/large.n': `${n}` } }))).templates
    const first = of(0)
    expect(of(0)).toBe(first)
    // Each has some hundred thousand units; 100 of them would be ten million.
    for (let n = 1; n < 100; n++) of(n)
    expect(of(99)).toBe(of(99))
    expect(of(0)).not.toBe(first)
  })
})

describe('annotations by the hundred thousand', () => {
  it('are gone through as often for 64 profiles as for one', () => {
    const many = profilesOf(
      Object.fromEntries(
        Array.from({ length: 64 }, (_, i) => [`p${i}`, { pod: { labels: { [`p${i}`]: '' } } }]),
      ),
    )
    expect(walksFor(many, 64)).toEqual(walksFor(many, 1))
  })

  function walksFor(many: typeof profiles, count: number) {
    const request = Array.from({ length: count }, (_, i) => `p${i}`).join(',')
    const walks = { pod: 0, namespace: 0 }
    const counted = (annotations: Strings, whose: keyof typeof walks) =>
      new Proxy(annotations, {
        ownKeys(target) {
          walks[whose]++
          return Reflect.ownKeys(target)
        },
      })
    const pod = podOf({}, { annotations: counted({ 'pillion.dev/inject': request, other: '' }, 'pod') })
    const annotations = counted({ other: '' }, 'namespace')
    expect(decideOn(pod, many, { namespace: { ...namespace, annotations } }).outcome).toBe('injected')
    return walks
  }
})
