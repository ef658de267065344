import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json/json.ts'
import {
  cluster,
  container,
  injectInto,
  namespace,
  olderCluster,
  podAsking,
  podOf,
  profilesOf,
  withRevisions,
  withStatus,
} from './decide.fixture.ts'
import { live } from './live.fixture.ts'
import { mayBeMissed, missed } from './missed.ts'
import { annotation, type Namespace, type Pod } from './pod.ts'

const logging = {
  parameters: { path: { type: 'string', default: '/logs' } },
  volumes: [{ name: 'logs', emptyDir: {} }],
  containers: [container('ship', { args: ['$(params.path)', '$(pod.metadata.?name.orValue("unnamed"))'] })],
  appContainers: [
    {
      select: 'all',
      env: [{ name: 'LOGS', value: '/logs' }],
      envFrom: [{ configMapRef: { name: 'logs' } }],
      volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
    },
  ],
  pod: { labels: { logs: 'yes' } },
}
const metrics = { containers: [container('scrape')] }
const profiles = profilesOf({ logging, metrics })
const newer = profilesOf({
  logging: { ...logging, containers: [container('ship', { args: ['--new'] })] },
  metrics,
})

const enabled: Namespace = { name: 'shop', labels: { [annotation.inject]: 'enabled' }, annotations: {} }
const forNamespace = (request: string): Namespace => ({
  ...enabled,
  annotations: { [annotation.inject]: request },
})

function found(pod: Pod, { of = profiles, inside = namespace, on = cluster } = {}) {
  return missed({ pod, namespace: inside }, of, on)
}

const inject = (pod: Pod, of = profiles) => live(injectInto(pod, of))
const change = (pod: Pod, metadata: JsonObject, rest: JsonObject = {}): Pod =>
  ({ ...pod, ...rest, metadata: { ...pod.metadata, ...metadata } }) as Pod

describe('a Pod that runs', () => {
  it('is missed when it asked and got nothing', () => {
    expect(found(live(podAsking('metrics, logging')))).toEqual({
      kind: 'Missed',
      message: 'runs without what it asked for: logging, metrics',
      profiles: ['logging', 'metrics'],
    })
  })

  it('is fine when it got what it asked for, whatever the cluster did to it since', () => {
    expect(found(inject(podAsking('logging,metrics')))).toBeUndefined()
  })

  it('is fine when what it got looks different since, though expressions count what stands there', () => {
    const counting = profilesOf({
      counting: {
        lifecycle: 'regular',
        containers: [container('ship'), container('more', { when: 'size(pod.spec.containers) > 1' })],
      },
    })
    const injected = inject(podAsking('counting'), counting)
    const containers = (injected.spec?.containers ?? []).map(one => ({
      ...one,
      image: `mirror/${one.image}`,
    }))
    const mirrored = { ...injected, spec: { ...injected.spec, containers } } as Pod
    expect(found(mirrored, { of: counting })).toBeUndefined()
  })

  it('is missed for the profile alone that it lacks', () => {
    const injected = inject(podAsking('logging'))
    const asking = change(injected, {
      annotations: { ...injected.metadata?.annotations, [annotation.inject]: 'logging,metrics' },
    })
    expect(found(asking)).toMatchObject({ kind: 'Missed', profiles: ['metrics'] })
  })

  it('is missed when a part of a profile is not there, whatever its status says', () => {
    const injected = inject(podAsking('logging'))
    const halved = { ...injected, spec: { ...injected.spec, initContainers: [] } } as Pod
    expect(found(halved)?.kind).toBe('Missed')
  })

  it.each([
    { claim: 'nothing', status: {} },
    { claim: 'a revision', status: { logging: { revision: profiles.find('logging', 'shop')?.revision } } },
    {
      claim: 'a container of its own',
      status: { logging: { revision: 'aaaaaaaaaa', containers: ['ship'] } },
    },
  ])('is missed when it forges a status that claims $claim', ({ status }) => {
    expect(found(live(withStatus(podAsking('logging'), { profiles: status })))?.kind).toBe('Missed')
  })

  it.each([
    { what: 'it is finished', change: { status: { phase: 'Succeeded' } } },
    { what: 'it has failed', change: { status: { phase: 'Failed' } } },
    { what: 'it is being deleted', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ])('is passed over when $what', ({ change: rest, metadata }) => {
    expect(found(change(live(podAsking('logging')), metadata ?? {}, rest))).toBeUndefined()
  })

  it.each([
    { who: 'asks for nothing', pod: podOf() },
    { who: 'opts out', pod: podAsking('none'), inside: forNamespace('logging') },
    {
      who: 'is silent where its namespace asks but is not enabled',
      pod: podOf(),
      inside: { ...forNamespace('logging'), labels: {} },
    },
    {
      who: 'is in an excluded namespace',
      pod: podAsking('logging'),
      inside: { ...namespace, name: 'kube-system' },
    },
  ])('is passed over when it $who', ({ pod, inside }) => {
    expect(found(live(pod), inside && { inside })).toBeUndefined()
  })

  it('is missed when its enabled namespace asks for it', () => {
    expect(found(live(podOf()), { inside: forNamespace('logging') })?.kind).toBe('Missed')
  })

  it('is fine when a profile passes it over', () => {
    const requires = [
      { expression: '!has(pod.spec.hostNetwork)', message: 'not on the host', otherwise: 'skip' },
    ]
    const of = profilesOf({ logging: { ...logging, requires } })
    expect(found(live(podAsking('logging', { hostNetwork: true })), { of })).toBeUndefined()
  })
})

/** As `pillion inject` leaves it in a manifest: without the request. */
function silent(pod: Pod): Pod {
  const { [annotation.inject]: _, ...annotations } = pod.metadata?.annotations ?? {}
  return change(pod, { annotations })
}

describe('a Pod that carries what it does not ask for', () => {
  const carrying = () => inject(podAsking('logging,metrics'))
  const reversed = profilesOf({
    logging: { ...logging, containers: [container('ship', { args: ['--new'] })] },
    metrics: { containers: [container('scrape', { args: ['--new'] })] },
  })

  it('lacks nothing, and is denied nothing', () => {
    const both = carrying()
    const halved = { ...both, spec: { ...both.spec, initContainers: [] } } as Pod
    expect(found(halved)?.kind).toBe('Missed')
    expect(found(silent(halved))).toBeUndefined()
    const wrong = change(both, {
      annotations: { ...both.metadata?.annotations, 'pillion.dev/logging.nope': '1' },
    })
    expect(found(wrong)).toMatchObject({ kind: 'Denied', reason: 'UnknownParameter' })
    expect(found(silent(wrong))).toBeUndefined()
  })

  it('is reported with every outdated profile, and without profiles that no longer exist', () => {
    const both = carrying()
    const revisions = (of: typeof profiles) =>
      ['logging', 'metrics'].map(name => of.find(name, 'shop')?.revision)
    const [[logged, measured], [logs, measures]] = [revisions(profiles), revisions(reversed)]
    expect(found(silent(both), { of: reversed })).toEqual({
      kind: 'Outdated',
      message: `carries logging in revision ${logged}, which is ${logs} now; metrics in revision ${measured}, which is ${measures} now`,
      profiles: ['logging', 'metrics'],
    })
    const only = profilesOf({ metrics: { containers: [container('scrape', { args: ['--new'] })] } })
    expect(found(silent(both), { of: only })).toMatchObject({ kind: 'Outdated', profiles: ['metrics'] })
    expect(found(silent(both), { of: profilesOf({}) })).toBeUndefined()
  })
})

it('a Pod is not fine by a status that claims its revision and nothing of it', () => {
  const revision = profiles.find('logging', 'shop')?.revision
  const beside = podAsking('logging', { containers: [container('app'), container('ship')] })
  const forged = live(withStatus(beside, { profiles: { logging: { revision } } }))
  expect(found(forged)).toMatchObject({ kind: 'Denied', reason: 'Conflict' })
})

it('a Pod is missed when it would get more of the same revision now', () => {
  const when = 'pod.metadata.?labels.?more.orValue("") == "yes"'
  const of = profilesOf({ growing: { containers: [container('ship'), container('more', { when })] } })
  const injected = inject(podAsking('growing'), of)
  expect(found(injected, { of })).toBeUndefined()
  const labelled = change(injected, { labels: { more: 'yes' } })
  expect(found(labelled, { of })).toMatchObject({ kind: 'Missed', profiles: ['growing'] })
})

it('a Pod keeps what it carries of a profile for which it asks no longer', () => {
  const requires = [
    { expression: 'pod.spec.initContainers.exists(c, c.name == "scrape")', message: 'needs scrape' },
  ]
  const of = profilesOf({ metrics, tracing: { requires, containers: [container('trace')] } })
  const injected = inject(podAsking('metrics'), of)
  const annotations = { ...injected.metadata?.annotations, [annotation.inject]: 'tracing' }
  expect(found(change(injected, { annotations }), { of })).toMatchObject({
    kind: 'Missed',
    profiles: ['tracing'],
  })
})

describe('a Pod with several things wrong', () => {
  const asking = (pod: Pod, request: string) =>
    change(pod, { annotations: { ...pod.metadata?.annotations, [annotation.inject]: request } })

  it('is missed rather than outdated, and denied rather than missed', () => {
    const carrying = asking(inject(podAsking('logging')), 'logging,metrics')
    expect(found(carrying, { of: newer })).toMatchObject({ kind: 'Missed', profiles: ['metrics'] })
    const beside = live(podAsking('logging,metrics', { containers: [container('app'), container('ship')] }))
    expect(found(beside)).toMatchObject({ kind: 'Denied', profiles: ['logging'], reason: 'Conflict' })
  })

  it('is judged by each profile that a denial in appearance says nothing of', () => {
    const elsewhere = { usableIn: { namespaceSelector: { matchLabels: { zone: 'b' } } } }
    const of = profilesOf({ logging, metrics, elsewhere, tracing: { containers: [container('trace')] } })
    const carrying = asking(inject(podAsking('logging'), of), 'elsewhere,logging,tracing,metrics')
    const inside = { ...namespace, annotations: { 'pillion.dev/logging.path': '/elsewhere' } }
    const replaced = (image: string) => {
      const initContainers = carrying.spec?.initContainers?.map(each => ({ ...each, image }))
      return { ...carrying, spec: { ...carrying.spec, initContainers } } as Pod
    }
    expect(found(replaced('other:9'), { of, inside })).toMatchObject({
      kind: 'Missed',
      profiles: ['metrics', 'tracing'],
    })
  })

  it('is denied only what the denial is about, if that is certain', () => {
    const pod = live(podAsking('unknown,logging', { containers: [container('app'), container('ship')] }))
    expect(found(pod)).toMatchObject({ kind: 'Denied', profiles: ['unknown'], reason: 'UnknownProfile' })
  })
})

describe('a Pod with an earlier revision', () => {
  it('is outdated, and hears of both revisions', () => {
    const [before, now] = [profiles, newer].map(all => all.find('logging', 'shop')?.revision)
    expect(found(inject(podAsking('logging')), { of: newer })).toEqual({
      kind: 'Outdated',
      message: `carries logging in revision ${before}, which is ${now} now`,
      profiles: ['logging'],
    })
  })

  it('is outdated when the profile gives less now', () => {
    const of = profilesOf({ logging: { ...logging, volumes: [], appContainers: [] } })
    expect(found(inject(podAsking('logging')), { of })?.kind).toBe('Outdated')
  })

  it('is fine when the profile gives what it gave: only its description changed', () => {
    const of = profilesOf({ metrics: { ...metrics, description: 'Better described.' } })
    expect(found(inject(podAsking('metrics')), { of })).toBeUndefined()
  })

  it.each([
    {
      needs: 'it can be updated in place',
      of: { ...logging, containers: [{ ...logging.containers[0]!, image: 'example/ship:2' }] },
    },
    {
      needs:
        'it must be recreated: initContainers[ship].args: Kubernetes does not allow this change in a Pod that runs',
      of: { ...logging, containers: [container('ship', { args: ['--new'] })] },
    },
  ])('says what it takes, where its revision is kept: $needs', ({ needs, of }) => {
    const now = withRevisions(profilesOf({ logging: of }), { kept: [profiles] })
    const [before, after] = [profiles, now].map(all => all.find('logging', 'shop')?.revision)
    expect(found(inject(podAsking('logging')), { of: now })?.message).toBe(
      `carries logging in revision ${before}, which is ${after} now (${needs})`,
    )
  })

  it('is fine where it has what its own revision gave and the new one gives, though it would look different now', () => {
    const noted = profilesOf({ logging: { ...logging, description: 'Better described.' } })
    const injected = inject(podAsking('logging'))
    const initContainers = injected.spec?.initContainers?.map(each => ({
      ...each,
      image: `mirror/${each.image}@sha256:0`,
    }))
    const mirrored = { ...injected, spec: { ...injected.spec, initContainers } } as Pod
    const inside = { ...namespace, annotations: { 'pillion.dev/logging.path': '/elsewhere' } }
    expect(found(mirrored, { of: noted, inside })?.kind).toBe('Outdated')
    expect(found(mirrored, { of: withRevisions(noted, { kept: [profiles] }), inside })).toBeUndefined()
  })

  it('is not fine by a status that claims an earlier revision and nothing of it', () => {
    const noted = profilesOf({ logging: { ...logging, description: 'Better described.' } })
    const of = withRevisions(noted, { kept: [profiles] })
    const revision = profiles.find('logging', 'shop')?.revision
    expect(
      found(live(withStatus(podAsking('logging'), { profiles: { logging: { revision } } })), { of })?.kind,
    ).toBe('Outdated')
  })

  it('is fine when the profile would pass it over now', () => {
    const requires = [{ expression: 'false', message: 'nowhere', otherwise: 'skip' }]
    const of = profilesOf({ logging: { ...logging, requires } })
    expect(found(inject(podAsking('logging')), { of })).toBeUndefined()
  })

  it.each([
    { what: 'an annotation', pod: { labels: { logs: 'yes' }, annotations: { 'example.com/logs': 'on' } } },
    { what: 'another label', pod: { labels: { logs: 'no' } } },
  ])('is outdated when the profile gives $what now, which can be changed in place', ({ pod }) => {
    const now = withRevisions(profilesOf({ logging: { ...logging, pod } }), { kept: [profiles] })
    const shortfall = found(inject(podAsking('logging')), { of: now })
    expect(shortfall?.kind).toBe('Outdated')
    expect(shortfall?.message).toMatch(/ now \(it can be updated in place\)$/)
  })

  it('is outdated when the Pod has its own value of what is new, and its revision is not known', () => {
    const of = profilesOf({ metrics: { ...metrics, pod: { labels: { scraped: 'yes' } } } })
    const own = live(injectInto(podAsking('metrics'), profiles))
    const labelled = (value: string) => change(own, { labels: { scraped: value } })
    expect(found(labelled('no'), { of })?.kind).toBe('Outdated')
    expect(found(labelled('yes'), { of })).toBeUndefined()
  })

  it('is outdated, too, where it does not ask: it was injected into its manifest', () => {
    const { metadata, ...rest } = inject(podAsking('logging'))
    const { [annotation.inject]: _, ...annotations } = metadata?.annotations ?? {}
    const silent = { ...rest, metadata: { ...metadata, annotations } } as Pod
    expect(found(silent)).toBeUndefined()
    expect(found(silent, { of: newer })).toMatchObject({ kind: 'Outdated', profiles: ['logging'] })
  })
})

describe('a Pod that would be denied now', () => {
  it('is denied, with what the webhook would say', () => {
    const shortfall = found(live(podAsking('loging')))
    expect(shortfall).toMatchObject({ kind: 'Denied', profiles: ['loging'] })
    expect(shortfall?.message).toMatch(/^would be denied now: .*did you mean "logging"\?/)
  })

  it('is denied although it runs with everything: the one that replaces it could not start', () => {
    expect(found(inject(podAsking('logging')), { of: profilesOf({ metrics }) })?.kind).toBe('Denied')
  })

  it('is denied for a conflict with a container of its own', () => {
    const containers = [container('app'), container('ship')]
    expect(found(live(podAsking('logging', { containers })))?.kind).toBe('Denied')
  })

  it('is fine when it only looks so: something around it changed since it was admitted', () => {
    const injected = inject(podAsking('logging'))
    const inside = { ...namespace, annotations: { 'pillion.dev/logging.path': '/elsewhere' } }
    expect(found(injected, { inside })).toBeUndefined()
    expect(found(inject(podAsking('metrics')), { on: olderCluster })).toBeUndefined()
  })
})

describe('the metadata of a Pod', () => {
  it.each([
    { who: 'asks', pod: podAsking('logging'), may: true },
    { who: 'has a status', pod: withStatus(podOf(), { profiles: {} }), may: true },
    { who: 'is silent in an enabled namespace', pod: podOf(), inside: enabled, may: true },
    { who: 'is silent', pod: podOf(), may: false },
    { who: 'is being deleted', pod: change(podAsking('logging'), { deletionTimestamp: 'now' }), may: false },
  ])('tells whether to read all of it: $who: $may', ({ pod, inside = namespace, may }) => {
    expect(mayBeMissed({ ...(pod.metadata && { metadata: pod.metadata }) }, inside)).toBe(may)
  })
})
