import { describe, expect, it } from 'vitest'
import { container, decideOn, injectInto, podAsking, profilesOf, withStatus } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'

const mount = (name: string) => ({ volumeMounts: [{ name, mountPath: '/data' }] })
const gives = (volume: string, more: object = {}) => ({
  volumes: [{ name: volume, emptyDir: {} }],
  appContainers: [{ select: 'all', ...mount(volume) }],
  ...more,
})
const requires = (expression: string) => ({ requires: [{ expression, message: 'no' }] })
const noMounts = requires('pod.spec.containers.all(c, !has(c.volumeMounts))')
const port = (containerPort: number) => ({ ports: [{ containerPort }] })

describe('what a profile that is left out would give', () => {
  const profiles = profilesOf({
    meter: gives('meter', { onConflict: 'keep', containers: [container('meter', port(9102))] }),
    store: gives('store', noMounts),
  })
  const pod = podAsking('meter,store', { containers: [container('app', port(9102))] })

  it('does not make the claims of another profile false', () => {
    const first = decideOn(pod, profiles)
    expect(first.profiles.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['store', 'injected'],
      ['meter', 'skipped'],
    ])
    const second = decideOn(injectInto(pod, profiles), profiles)
    expect(second).toMatchObject({ outcome: 'unchanged', patch: [] })
    expect(second.profiles.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['store', 'unchanged'],
      ['meter', 'skipped'],
    ])
  })

  it('makes no claim of its own true', () => {
    const status = { profiles: { meter: { revision: '0', volumes: ['meter'] } } }
    const own = { containers: [container('app', port(9102))], volumes: [{ name: 'meter', emptyDir: {} }] }
    const strict = profilesOf({
      meter: gives('meter', { onConflict: 'keep', containers: [container('meter', port(9102))] }),
      store: gives('store', requires('!has(pod.spec.volumes)')),
    })
    const forged = withStatus(podAsking('meter,store', own), status)
    expect(decideOn(forged, strict)).toMatchObject({ outcome: 'denied', reason: 'RequirementNotMet' })
  })

  it('holds for what exceeds the resources of the Pod, too', () => {
    const requests = (cpu: string) => ({ resources: { requests: { cpu } } })
    const limited = profilesOf({
      meter: gives('meter', { onConflict: 'keep', containers: [container('meter', requests('2'))] }),
      store: gives('store', noMounts),
    })
    const small = podAsking('meter,store', { resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } })
    expect(decideOn(small, limited).outcome).toBe('injected')
    expect(decideOn(injectInto(small, limited), limited)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})

describe('the first app container', () => {
  it('is the one that the first call took, when another webhook puts a sidecar in front', () => {
    const profiles = profilesOf({
      logs: { appContainers: [{ select: 'first', env: [{ name: 'LOGS', value: '1' }] }] },
      plain: {
        ...requires('!app.?env.orValue([]).exists(e, e.name == "LOGS")'),
        pod: { labels: { plain: 'yes' } },
      },
    })
    const { spec, ...pod } = injectInto(podAsking('logs,plain'), profiles)
    const front: Pod = {
      ...pod,
      spec: { ...spec, containers: [container('mesh'), ...(spec?.containers ?? [])] },
    }
    expect(decideOn(front, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})

describe('a claimed volume', () => {
  const profiles = profilesOf({
    logs: {
      onConflict: 'keep',
      volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/data' } }],
      containers: [container('ship', mount('logs'))],
      appContainers: [{ select: 'all', ...mount('logs') }],
    },
  })
  const status = { profiles: { logs: { revision: '0', volumes: ['logs'] } } }
  const pod = podAsking('logs', {
    volumes: ['data', 'logs'].map(name => ({ name, emptyDir: {} })),
    containers: [container('app', mount('data'))],
  })

  it('does not keep the one that the app mounts from being adopted, so that the profile would be left out', () => {
    expect(decideOn(withStatus(pod, status), profiles).profiles).toMatchObject([{ outcome: 'injected' }])
    const whole = injectInto(pod, profiles)
    expect(decideOn(withStatus(whole, status), profiles)).toMatchObject({ outcome: 'unchanged' })
  })

  it('does not keep the one that another profile mounts from being adopted, so that a third could have its way', () => {
    const share = (shareProcessNamespace: boolean) => ({ pod: { shareProcessNamespace } })
    const three = profilesOf({
      cache: gives('cache'),
      logs: {
        onConflict: 'keep',
        volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/data' } }],
        appContainers: [{ select: 'all', ...mount('logs') }],
        ...share(true),
      },
      strict: share(false),
    })
    const asking = podAsking('cache,logs,strict', { volumes: [{ name: 'logs', emptyDir: {} }] })
    expect(decideOn(asking, three)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
    expect(decideOn(withStatus(asking, status), three)).toMatchObject({
      outcome: 'denied',
      reason: 'Conflict',
    })
  })

  it('that nothing mounts does not keep the one that the app mounts from being adopted', () => {
    const first = (more: object) => ({
      volumes: [{ name: 'logs', emptyDir: {}, ...more }],
      appContainers: [{ select: 'first', ...mount('logs') }],
    })
    const both = profilesOf({ logs: first({ adopt: { mountPath: '/data' } }), plain: first({}) })
    const beside = podAsking('logs,plain', {
      containers: [container('app'), container('web', mount('data'))],
      volumes: ['data', 'logs'].map(name => ({ name, emptyDir: {} })),
    })
    expect(decideOn(beside, both)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
    expect(decideOn(withStatus(beside, status), both)).toMatchObject({
      outcome: 'denied',
      reason: 'Conflict',
    })
  })

  it('stays in use when another container comes to mount something there', () => {
    const ofApp = profilesOf({
      logs: {
        volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/data' } }],
        appContainers: [{ select: ['app'], ...mount('logs') }],
      },
    })
    const { spec, ...own } = injectInto(podAsking('logs'), ofApp)
    const containers = [container('mesh', mount('mesh')), ...(spec?.containers ?? [])]
    const beside: Pod = { ...own, spec: { ...spec, containers } }
    expect(decideOn(beside, ofApp)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})

describe('a claim in the name of another profile', () => {
  it('is not true, though some profile gives just that', () => {
    const profiles = profilesOf({
      store: gives('store', { ...requires('!has(pod.spec.volumes)') }),
      other: { pod: { labels: { other: 'yes' } } },
    })
    const pod = podAsking('store,other', { volumes: [{ name: 'store', emptyDir: {} }] })
    const forged = withStatus(pod, { profiles: { other: { revision: '0', volumes: ['store'] } } })
    expect(decideOn(forged, profiles)).toMatchObject({ outcome: 'denied', reason: 'RequirementNotMet' })
    const own = withStatus(pod, { profiles: { store: { revision: '0', volumes: ['store'] } } })
    expect(decideOn(own, profiles).outcome).toBe('injected')
  })
})

describe('a profile that is skipped because of a conflict with another one', () => {
  const container = (fields: object) => ({ name: 'ship', image: 'registry.example/ship:1', ...fields })
  const label = { pod: { labels: { metrics: 'on' } } }

  it.each<{ what: string; first: object; second: object; change: (pod: Pod) => Pod }>([
    {
      what: 'container',
      first: { containers: [container({ env: [{ name: 'LEVEL', value: 'info' }] })] },
      second: { containers: [container({})] },
      change: ({ spec, ...pod }) => ({
        ...pod,
        spec: {
          ...spec,
          initContainers: (spec?.initContainers ?? []).map(one => ({
            ...one,
            image: 'mirror.example/ship:1',
          })),
        },
      }),
    },
    {
      what: 'volume',
      first: { volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }] },
      second: { volumes: [{ name: 'cache', emptyDir: {} }] },
      change: ({ spec, ...pod }) => ({
        ...pod,
        spec: {
          ...spec,
          volumes: (spec?.volumes ?? []).map(({ name }) => ({
            name,
            emptyDir: { medium: 'Memory', sizeLimit: '1Gi' },
          })),
        },
      }),
    },
  ])('is still skipped after another webhook changed the $what', ({ first, second, change }) => {
    const profiles = profilesOf({ logging: first, metrics: { onConflict: 'keep', ...second, ...label } })
    const pod = podAsking('logging,metrics')
    const outcomes = (of: Pod) => decideOn(of, profiles).profiles.map(({ name, outcome }) => [name, outcome])
    expect(outcomes(pod)).toEqual([
      ['logging', 'injected'],
      ['metrics', 'skipped'],
    ])
    const changed = change(injectInto(pod, profiles))
    expect(decideOn(changed, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
    expect(outcomes(changed)).toEqual([
      ['logging', 'unchanged'],
      ['metrics', 'skipped'],
    ])
  })
})
