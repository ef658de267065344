import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  decideOn,
  injectInto,
  olderCluster,
  podAsking,
  podOf,
  profilesOf,
} from '../decide.fixture.ts'
import { hostPort, judged, requests } from './judged.fixture.ts'

const side = (fields: JsonObject) => ({ containers: [container('side', fields)] })
const app = (fields: JsonObject, more: JsonObject = {}) => ({
  containers: [container('app', fields)],
  ...more,
})

describe('What the API server would refuse is a Conflict that names both sides', () => {
  it.each(judged)('$what', ({ pod, profile, says }) => {
    const cluster = profile['lifecycle'] === 'regular' ? { cluster: olderCluster } : {}
    expect(decideOn(podAsking('p', pod), profilesOf({ p: profile }), cluster)).toMatchObject({
      outcome: 'denied',
      reason: 'Conflict',
      message: `profile p: ${says}`,
      patch: [],
    })
  })

  it.each(judged)('$what: `keep` leaves the profile out', ({ pod, profile, says }) => {
    const decision = decideOn(podAsking('p', pod), profilesOf({ p: { ...profile, onConflict: 'keep' } }))
    expect(decision).toMatchObject({
      outcome: 'skipped',
      reason: 'Conflict',
      warnings: [`profile p is skipped: ${says}`],
      patch: [],
    })
  })

  it.each([
    { why: 'another protocol', has: hostPort(9000, { protocol: 'UDP' }), wants: { hostPort: 9000 } },
    { why: 'another number', has: hostPort(9000), wants: { hostPort: 9001 } },
    {
      why: 'another address',
      has: hostPort(9000, { hostIP: '127.0.0.1' }),
      wants: { hostPort: 9000, hostIP: '127.0.0.2' },
    },
    { why: 'no hostPort', has: hostPort(9000), wants: { hostPort: 0 } },
  ])('a hostPort is free: $why', ({ has, wants }) => {
    const profiles = profilesOf({ p: side({ ports: [{ containerPort: 80, ...wants }] }) })
    const injected = injectInto(podAsking('p', app(has)), profiles)
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('a hostPort of a profile is in use for the next', () => {
    const one = { containers: [container('a', hostPort(9000))] }
    const two = { containers: [container('b', { ports: [{ containerPort: 80, hostPort: 9000 }] })] }
    expect(decideOn(podAsking('one,two'), profilesOf({ one, two })).message).toBe(
      'profile two: hostPort 9000/TCP of container "b" is in use by container "a" of profile one',
    )
  })

  it('a Pod that has room stays injected on a second call', () => {
    const profiles = profilesOf({ p: side(requests('2Mi')) })
    const pod = podAsking('p', app(requests('6Mi'), { resources: { requests: { memory: '8Mi' } } }))
    expect(decideOn(injectInto(pod, profiles), profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('says nothing of a Pod whose own containers need too much', () => {
    const pod = podAsking('p', app(requests('9Mi'), { resources: { requests: { memory: '8Mi' } } }))
    expect(decideOn(pod, profilesOf({ p: side(requests('1Mi')) })).outcome).toBe('injected')
  })

  it('the limit of one container may be above that of the Pod', () => {
    const profile = side({ resources: { requests: { memory: '1Mi' }, limits: { memory: '16Mi' } } })
    const pod = podAsking('p', app({}, { resources: { limits: { memory: '8Mi' } } }))
    expect(decideOn(pod, profilesOf({ p: profile })).outcome).toBe('injected')
  })

  it('an init container and a sidecar need what they need together only where they run together', () => {
    const spec = {
      initContainers: [container('seed', requests('6Mi'))],
      resources: { requests: { memory: '8Mi' } },
    }
    const profile = (memory: string) =>
      profilesOf({ p: { initContainers: [container('init', requests(memory))] } })
    expect(decideOn(podAsking('p', spec), profile('8Mi')).outcome).toBe('injected')
    expect(decideOn(podAsking('p', spec), profilesOf({ p: side(requests('3Mi')) })).message).toContain(
      'need 9Mi',
    )
  })
})

describe('The annotations of a Pod have a limit together', () => {
  const profiles = profilesOf({ p: side({}) })
  const podOfSize = (bytes: number, character = 'x') => {
    const { metadata } = podAsking('p')
    const annotations = { ...metadata?.annotations, 'example.com/large': character.repeat(bytes) }
    return podOf({}, { annotations })
  }

  it('is refused with what it would have, what is allowed and what is its own', () => {
    const { outcome, reason, message } = decideOn(podOfSize(262_050), profiles)
    expect({ outcome, reason }).toEqual({ outcome: 'denied', reason: 'LimitExceeded' })
    expect(message).toMatch(
      /^the annotations of the Pod would have 262\d{3} bytes; the limit is 262144: its own have 262\d{3}, and p would add \d+; make its own shorter$/,
    )
  })

  it('counts bytes, not characters', () => {
    expect(decideOn(podOfSize(131_030, 'é'), profiles).reason).toBe('LimitExceeded')
    expect(decideOn(podOfSize(131_030), profiles).outcome).toBe('injected')
  })

  it('leaves a Pod alone whose own are too many', () => {
    expect(decideOn(podOfSize(262_145), profiles).outcome).toBe('injected')
  })
})
