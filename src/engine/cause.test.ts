import { describe, expect, it } from 'vitest'
import {
  container,
  decideOn,
  namespace,
  podAsking,
  podOf,
  profilesOf,
  withRevisions,
} from './decide.fixture.ts'
import { annotation, type Strings } from './pod.ts'
import type { Cause } from './reason.ts'

const [stable, earlier] = ['Now.', 'Before.'].map(description =>
  profilesOf({
    logging: {
      description,
      parameters: {
        path: { type: 'string', default: '/logs' },
        level: { type: 'string', default: 'info', enum: ['debug', 'info'] },
        size: { type: 'integer', default: 1 },
      },
      containers: [
        container('ship', { args: ['$(params.path)', '$(params.level)', '$(string(params.size))'] }),
      ],
    },
    needy: {
      parameters: {
        to: { type: 'string', required: true, example: 'store' },
        kind: { type: 'string', required: true, enum: ['fast', 'slow'] },
        count: { type: 'integer', required: true },
      },
      containers: [
        container('needy', { args: ['$(params.to)', '$(params.kind)', '$(string(params.count))'] }),
      ],
    },
  }),
) as [ReturnType<typeof profilesOf>, ReturnType<typeof profilesOf>]
const profiles = withRevisions(stable, { kept: [earlier] })
const { revision } = stable.find('logging', 'shop')!

const key = (name: string) => `${annotation.prefix}${name}`
const asking = (request: string, more: Strings = {}): Strings => ({ [annotation.inject]: request, ...more })

interface Row {
  readonly what: string
  readonly annotations: Strings
  readonly causes: readonly Omit<Cause, 'of'>[]
}

const rows: readonly Row[] = [
  {
    what: 'a misspelt profile',
    annotations: asking('loging'),
    causes: [{ key: annotation.inject, meant: 'logging' }],
  },
  { what: 'an unknown profile', annotations: asking('xyz'), causes: [{ key: annotation.inject }] },
  {
    what: 'a word that turns injection off',
    annotations: asking('False'),
    causes: [{ key: annotation.inject, meant: 'none' }],
  },
  {
    what: '"none" beside others',
    annotations: asking('none,logging'),
    causes: [{ key: annotation.inject, meant: '' }],
  },
  {
    what: 'no comma between two',
    annotations: asking('logging | needy'),
    causes: [{ key: annotation.inject, meant: 'logging, needy' }],
  },
  {
    what: 'a value that the parameter does not take',
    annotations: asking('logging', { [key('logging.level')]: 'inof', [key('logging.size')]: 'x' }),
    causes: [{ key: key('logging.level'), meant: 'info' }, { key: key('logging.size') }],
  },
  {
    what: 'a revision that does not exist',
    annotations: asking('logging', { [key('logging.revision')]: '0123456789' }),
    causes: [{ key: key('logging.revision'), meant: revision }],
  },
]

describe('the cause of a refusal', () => {
  const causesOf = (annotations: Strings, around = namespace) =>
    decideOn(podOf({}, { annotations }), profiles, { namespace: around }).profiles.flatMap(
      ({ cause }) => cause ?? [],
    )

  it.each(rows)('is the annotation of the Pod: $what', ({ annotations, causes }) => {
    expect(causesOf(annotations)).toEqual(causes.map(cause => ({ ...cause, of: 'pod' })))
  })

  it.each(rows)('is the annotation of its namespace: $what', ({ annotations, causes }) => {
    expect(causesOf({}, { ...namespace, annotations })).toEqual(
      causes.map(cause => ({ ...cause, of: 'namespace' })),
    )
  })

  it('is a word of the label, of which nobody knows what it means', () => {
    expect(causesOf(asking('enabled'))).toEqual([{ key: annotation.inject, of: 'pod' }])
  })

  it('is a parameter that is missing, with an example of its value', () => {
    const missing = (name: string) => ({ key: key(`needy.${name}`), of: 'pod', isMissing: true })
    expect(causesOf(asking('needy'))).toEqual([
      { ...missing('to'), meant: 'store' },
      { ...missing('kind'), meant: 'fast' },
      missing('count'),
    ])
  })

  it('is the key of a parameter that does not exist, with the one that was meant', () => {
    const keyed = (name: string) => ({ key: key(name), of: 'pod' })
    expect(causesOf(asking('logging', { [key('logging.pth')]: '/', [key('logging.zzzzzz')]: '/' }))).toEqual([
      { ...keyed('logging.pth'), meantKey: key('logging.path') },
      keyed('logging.zzzzzz'),
    ])
    expect(causesOf(asking('logging', { [key('loging.path')]: '/', [key('zzz.zzz')]: '/' }))).toEqual([
      { ...keyed('loging.path'), meantKey: key('logging.path') },
      keyed('zzz.zzz'),
    ])
  })

  it('is absent if the profile itself is the cause', () => {
    const pod = podAsking('logging', { containers: [container('app'), container('ship')] })
    expect(decideOn(pod, profiles).profiles).toMatchObject([{ name: 'logging', reason: 'Conflict' }])
    expect(decideOn(pod, profiles).profiles[0]).not.toHaveProperty('cause')
  })
})
