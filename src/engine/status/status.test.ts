import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { canonical } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import {
  container,
  decideOn,
  injectInto,
  podAsking,
  podOf,
  profilesOf,
  withStatus,
} from '../decide.fixture.ts'
import type { InjectedNames } from '../decision.ts'
import { isStillInjected, statusOf } from './status.ts'

describe('statusOf', () => {
  it('reads what is written', () => {
    const status = {
      profiles: {
        logging: {
          revision: '3f2a91c0de',
          initContainers: ['ship'],
          containers: ['ship'],
          volumes: ['logs'],
          labels: ['a'],
          annotations: ['b'],
          imagePullSecrets: ['c'],
          hostAliases: ['::1'],
          shareProcessNamespace: true,
          dnsConfig: true,
          terminationGracePeriodSeconds: 5,
          app: { web: { env: ['A'], envFrom: ['configMap/x'], volumeMounts: ['/logs'] } },
          updated: { from: '0c1d2e3f40', at: '2026-01-02T03:04:05.678Z', restarts: ['ship'] },
        },
      },
      defaultContainer: true,
      empty: ['/metadata', '/metadata/annotations', '/spec/containers/web/env', '/spec/volumes'],
    } as const
    expect(statusOf(withStatus(podOf(), canonical(status)))).toEqual(status)
  })

  it('finds none where there is none', () => {
    expect(statusOf(podOf())).toBeUndefined()
    expect(statusOf({ spec: {} })).toBeUndefined()
  })

  it.each([
    '',
    'yes',
    '{',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"profiles":null}',
    '{"profiles":[]}',
    '{"profiles":"x"}',
  ])('takes %j for none', text => {
    expect(statusOf(withStatus(podOf(), text))).toBeUndefined()
  })

  it.each([
    { profiles: { logging: null } },
    { profiles: { logging: 'x' } },
    { profiles: { logging: {} } },
    { profiles: { logging: { revision: 7, containers: ['app'] } } },
  ])('passes over what is no part of a profile: %j', status => {
    expect(statusOf(withStatus(podOf(), status))).toEqual({ profiles: {} })
  })

  it.each([
    { containers: 'app' },
    { containers: { app: 1 } },
    { volumes: null },
    { app: null },
    { app: ['app'] },
    { app: { app: null } },
    { app: { app: 'env' } },
    { shareProcessNamespace: 'yes', dnsConfig: {} },
    { terminationGracePeriodSeconds: '5' },
    { terminationGracePeriodSeconds: 5.5 },
    { terminationGracePeriodSeconds: 2 ** 53 },
    { nonsense: ['x'] },
    { updated: 'yes' },
    { updated: { from: '0c1d2e3f40' } },
    { updated: { from: 'x'.repeat(10), at: '2026-01-02T03:04:05Z' } },
    { updated: { from: ['0c1d2e3f40'], at: '2026-01-02T03:04:05Z' } },
    { updated: { from: '0c1d2e3f40', at: 'yesterday' } },
    { updated: { from: '0c1d2e3f40', at: ['2026-01-02T03:04:05Z'] } },
    { updated: { from: '0c1d2e3f40', at: `2026-01-02T03:04:05.${'0'.repeat(99)}Z` } },
  ])('passes over what has not its shape: %j', claims => {
    const status = { profiles: { logging: { revision: '0', ...claims } }, defaultContainer: 'yes', empty: 5 }
    expect(statusOf(withStatus(podOf(), status))).toEqual({ profiles: { logging: { revision: '0' } } })
  })

  it('takes of a list its strings', () => {
    const status = {
      profiles: {
        logging: { revision: '0', containers: ['a', 1, null, 'b'], app: { app: { env: [true, 'A'] } } },
      },
    }
    expect(statusOf(withStatus(podOf(), status))).toEqual({
      profiles: { logging: { revision: '0', containers: ['a', 'b'], app: { app: { env: ['A'] } } } },
    })
  })

  it.each([
    '',
    'x',
    '/kind',
    '/spec/containers',
    '/spec/dnsConfig',
    '/spec/containers/a/ports',
    '/spec/containers/a/b/env',
    '/spec/containers/a/env/0',
    '/spec/containers//env',
    '/spec/initContainers/a/env',
    '/metadata/containers/a/env',
    '//containers/a/env',
    'x/spec/containers/a/env',
    1,
  ])('takes of pointers those that it could have written, so not %j', pointer => {
    const empty = ['/spec/volumes', '/spec/containers/a/env']
    const status = { profiles: {}, empty: [...empty, pointer] }
    expect(statusOf(withStatus(podOf(), status))).toEqual({ profiles: {}, empty })
  })

  it('takes of the containers that restarted those that it names', () => {
    const updated = { from: '0c1d2e3f40', at: '2026-01-02T03:04:05Z' }
    const status = (restarts: unknown) => ({
      profiles: { logging: { revision: '0', containers: ['a'], updated: { ...updated, restarts } } },
    })
    const read = (restarts: unknown) =>
      statusOf(withStatus(podOf(), status(restarts)))?.profiles['logging']?.updated
    expect(read(['a', 'app', 1])).toEqual({ ...updated, restarts: ['a'] })
    expect(read('a')).toEqual(updated)
  })

  it('reads no update that is older than the Pod, as in a template with the status of another Pod', () => {
    const updated = { from: '0c1d2e3f40', at: '2026-01-02T03:04:05.678Z' }
    const readIn = (creationTimestamp: string) =>
      statusOf(
        withStatus(podOf({}, { creationTimestamp }), { profiles: { logging: { revision: '0', updated } } }),
      )?.profiles['logging']?.updated
    expect(readIn('2026-01-02T03:04:05Z')).toEqual(updated)
    expect(readIn('2026-01-02T03:04:06Z')).toBeUndefined()
  })

  it('takes what is longer than an annotation of ours may be for none', () => {
    const claims = (length: number) => {
      const text = '{"profiles":{"logging":{"revision":"0","volumes":["x"]}}}'
      return text.replace('x', 'x'.repeat(length - text.length + 1))
    }
    const read = (length: number) => statusOf(withStatus(podOf(), claims(length)))
    expect(read(limits.statusLength)).toMatchObject({ profiles: { logging: { revision: '0' } } })
    expect(read(limits.statusLength + 1)).toBeUndefined()
  })

  it('is read once for a Pod, however many profiles it gets', () => {
    const profiles = profilesOf({ a: { containers: [container('a')] }, b: { containers: [container('b')] } })
    const pod = injectInto(podAsking('a,b'), profiles)
    const parse = vi.spyOn(JSON, 'parse')
    onTestFinished(() => parse.mockRestore())
    expect(decideOn(pod, profiles).outcome).toBe('unchanged')
    expect(parse).toHaveBeenCalledTimes(1)
  })

  it('is never written so long that it could not be read again', () => {
    const env = Array.from({ length: 100 }, (_, i) => ({ name: `${'X'.repeat(60)}${i}`, value: '1' }))
    const profiles = profilesOf({ wide: { appContainers: [{ select: 'all', env }] } })
    const of = (count: number) => Array.from({ length: count }, (_, i) => container(`app-${i}`))
    expect(decideOn(podAsking('wide', { containers: of(19) }), profiles).outcome).toBe('injected')
    expect(decideOn(podAsking('wide', { containers: of(21) }), profiles)).toMatchObject({
      outcome: 'denied',
      reason: 'LimitExceeded',
      message: expect.stringMatching(/pillion\.dev\/status would have \d+ characters; the limit is 131072/),
    })
  })

  it('pollutes no prototype', () => {
    statusOf(
      withStatus(
        podOf(),
        '{"profiles":{"__proto__":{"revision":"0","polluted":true}},"__proto__":{"polluted":true}}',
      ),
    )
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('isStillInjected', () => {
  const pod = podOf(
    { volumes: [{ name: 'logs', emptyDir: {} }], dnsConfig: {}, terminationGracePeriodSeconds: 60 },
    { labels: { a: 'b' }, annotations: { a: 'b' } },
  )
  it.each([
    { claims: {}, is: true, why: 'nothing is claimed' },
    { claims: { volumes: ['logs'], dnsConfig: true }, is: true, why: 'all of it is there' },
    { claims: { volumes: ['logs', 'gone'] }, is: false, why: 'one volume is gone' },
    { claims: { shareProcessNamespace: true as const }, is: false, why: 'the value is gone' },
    { claims: { app: { app: { env: ['GONE'] } } }, is: false, why: 'the env var is gone' },
    { claims: { labels: ['gone'] }, is: true, why: 'anybody may remove a label from a Pod that runs' },
    { claims: { annotations: ['gone'] }, is: true, why: 'and an annotation, too' },
  ])('is $is for $claims: $why', ({ claims, is }) => {
    expect(isStillInjected({ revision: '0', ...claims } as InjectedNames, pod)).toBe(is)
  })
})

describe('the text of a status', () => {
  it('is the same for the same status, whatever its order', () => {
    const [a, b] = [
      { revision: '0', volumes: ['v'], labels: ['l'] },
      { labels: ['l'], volumes: ['v'], revision: '0' },
    ]
    expect(canonical({ profiles: { x: a, y: b } })).toBe(canonical({ profiles: { y: a, x: b } }))
  })
})
