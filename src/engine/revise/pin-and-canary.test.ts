import { describe, expect, it } from 'vitest'
import type { Canary, Profiles } from '../../profile/accept/profiles.ts'
import { collect } from '../../profile/accept/profiles.ts'
import {
  container,
  decideOn,
  injectInto,
  namespace,
  podAsking,
  podOf,
  profileOf,
  profilesOf,
  subjectOf,
  uninjected,
  withRevisions,
  withStatus,
} from '../decide.fixture.ts'
import type { RevisionBecause } from '../decision.ts'
import { live } from '../live.fixture.ts'
import type { Namespace, Pod, Strings } from '../pod.ts'
import { dueOf, hasUnknownRevision, isInCanary } from './revise.ts'

const version = (image: string, fields: object = {}) =>
  profilesOf({ logging: { containers: [container('logging', { image })], ...fields } })
const [oldest, old, stable, next] = ['a:1', 'a:2', 'a:3', 'a:4'].map(image => version(image)) as [
  Profiles,
  Profiles,
  Profiles,
  Profiles,
]
const revisionIn = (profiles: Profiles) => profiles.find('logging', 'shop')!.revision
const pinKey = 'pillion.dev/logging.revision'
const pinTo = (profiles: Profiles): Strings => ({ [pinKey]: revisionIn(profiles) })

/** The revisions of a profile in a rollout of `next` to this share of the workloads. */
const rolling = (share: Omit<Canary, 'profile'>) =>
  withRevisions(stable, { next, share, kept: [old, oldest] })
const [nobody, everybody] = [0, 100].map(percent => rolling({ percent })) as [Profiles, Profiles]

const imageIn = (pod: Pod) => pod.spec?.initContainers?.find(({ name }) => name === 'logging')?.image
const annotated = (annotations: Strings): Namespace => ({ ...namespace, annotations })

describe('the revision that a Pod gets', () => {
  const given = injectInto(podAsking('logging'), stable)
  const givenOld = injectInto(podAsking('logging'), old)
  const pinned = (pod: Pod, to: Profiles): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, ...pinTo(to) } },
  })

  it.each<{
    why: string
    pod?: Pod
    inside?: Namespace
    of: Profiles
    because: RevisionBecause
    image: string
  }>([
    { why: 'is stable without a rollout', of: stable, because: 'stable', image: 'a:3' },
    { why: 'is stable outside of the canary', of: nobody, because: 'stable', image: 'a:3' },
    { why: 'is the canary inside of it', of: everybody, because: 'canary', image: 'a:4' },
    {
      why: 'is the one that an earlier call gave, though the workload is in the canary now',
      pod: given,
      of: everybody,
      because: 'given',
      image: 'a:3',
    },
    {
      why: 'is the one that an earlier call gave, though the rollout was stopped since',
      pod: injectInto(podAsking('logging'), everybody),
      of: nobody,
      because: 'given',
      image: 'a:4',
    },
    {
      why: 'is the one that an earlier call gave, if it is still kept',
      pod: givenOld,
      of: nobody,
      because: 'given',
      image: 'a:2',
    },
    {
      why: 'is the pinned one, though the workload is in the canary',
      pod: podAsking('logging', {}, pinTo(old)),
      of: everybody,
      because: 'pinned',
      image: 'a:2',
    },
    {
      why: 'is stable if that is pinned, though the workload is in the canary',
      pod: podAsking('logging', {}, pinTo(stable)),
      of: everybody,
      because: 'pinned',
      image: 'a:3',
    },
    {
      why: 'is the canary if that is pinned, though the workload is outside',
      pod: podAsking('logging', {}, pinTo(next)),
      of: nobody,
      because: 'pinned',
      image: 'a:4',
    },
    {
      why: 'is the one that the namespace pins',
      inside: annotated(pinTo(oldest)),
      of: everybody,
      because: 'pinned',
      image: 'a:1',
    },
    {
      why: 'is the one that the Pod pins, not its namespace',
      pod: podAsking('logging', {}, pinTo(old)),
      inside: annotated(pinTo(oldest)),
      of: everybody,
      because: 'pinned',
      image: 'a:2',
    },
    {
      why: 'is pinned also where no revisions are kept, if it is the one in use',
      pod: podAsking('logging', {}, pinTo(stable)),
      of: stable,
      because: 'pinned',
      image: 'a:3',
    },
    {
      why: 'is the pinned one for the second call, too',
      pod: injectInto(podAsking('logging', {}, pinTo(old)), everybody),
      of: everybody,
      because: 'pinned',
      image: 'a:2',
    },
  ])('$why', ({ pod = podAsking('logging'), inside = namespace, of, because, image }) => {
    const { profiles } = decideOn(pod, of, { namespace: inside })
    expect(profiles).toMatchObject([{ name: 'logging', revisionBecause: because }])
    const after = injectInto(pod, of, { namespace: inside })
    expect(imageIn(after)).toBe(image)
    expect(decideOn(after, of, { namespace: inside })).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('is the pinned one although an earlier call gave another, which stands in its way', () => {
    const { outcome, reason, profiles } = decideOn(pinned(givenOld, stable), everybody)
    expect({ outcome, reason }).toEqual({ outcome: 'denied', reason: 'Conflict' })
    expect(profiles).toMatchObject([{ revision: revisionIn(stable), revisionBecause: 'pinned' }])
  })

  it('of a Pod that runs is not the one that it was given', () => {
    expect(dueOf({ pod: given, namespace }, stable.all[0]!, everybody)).toMatchObject({ because: 'canary' })
    expect(dueOf({ pod: givenOld, namespace }, stable.all[0]!, nobody)).toEqual({
      profile: stable.all[0],
      because: 'stable',
    })
    const isLive = { isLive: true } as const
    expect(decideOn(givenOld, nobody, isLive).profiles).toMatchObject([{ revision: revisionIn(stable) }])
  })

  it('of a Pod that runs is the one that it pins, and none if that does not exist', () => {
    expect(dueOf({ pod: pinned(given, old), namespace }, stable.all[0]!, everybody)).toEqual({
      profile: old.all[0],
      because: 'pinned',
    })
    expect(
      dueOf({ pod: pinned(given, version('b:1')), namespace }, stable.all[0]!, everybody),
    ).toBeUndefined()
  })

  it('is not said of a profile that is skipped before anything is known of it', () => {
    const elsewhere = version('a:1', { usableIn: { namespaceSelector: { matchLabels: { a: 'b' } } } })
    expect(decideOn(podAsking('logging'), elsewhere).profiles[0]).not.toHaveProperty('revisionBecause')
  })
})

describe('a pinned revision', () => {
  const required = { parameters: { tenant: { type: 'string', required: true } } }
  const locked = { requires: [{ expression: 'false', message: 'nobody any more' }] }
  const keeping = (now: Profiles, ...kept: Profiles[]) => withRevisions(now, { kept })

  it('has its own parameters and requirements, not those of the revision in use', () => {
    for (const fields of [required, locked]) {
      const now = version('a:9', fields)
      const pod = podAsking('logging', {}, pinTo(old))
      expect(imageIn(injectInto(pod, keeping(now, old)))).toBe('a:2')
      const other = podAsking('logging', {}, pinTo(now))
      expect(decideOn(other, keeping(old, now))).toMatchObject({ outcome: 'denied' })
    }
  })

  it('has the parameters of its own time only', () => {
    const level = version('a:9', { parameters: { level: { type: 'integer', default: 0 } } })
    const pod = podAsking('logging', {}, { ...pinTo(old), 'pillion.dev/logging.level': '1' })
    expect(decideOn(pod, keeping(level, old))).toMatchObject({
      outcome: 'denied',
      reason: 'UnknownParameter',
    })
  })

  it.each([
    { what: 'is gone', pin: '0123456789', says: 'profile logging has no revision "0123456789"' },
    { what: 'is no revision', pin: 'latest', says: '"latest" is not a revision, which has 10 hex digits' },
    { what: 'is in capitals', pin: revisionIn(old).toUpperCase(), says: 'is not a revision' },
    { what: 'is empty', pin: '', says: '"" is not a revision' },
    { what: 'is very long', pin: 'f'.repeat(1_000), says: 'is not a revision' },
  ])('that $what denies the Pod with all that there are, the newest first', ({ pin, says }) => {
    const pod = podAsking('logging', {}, { [pinKey]: pin, 'pillion.dev/logging.level': '1' })
    const decision = decideOn(pod, everybody)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'UnknownRevision' })
    expect(decision.profiles).toHaveLength(1)
    expect(decision.profiles[0]).not.toHaveProperty('revisionBecause')
    expect(decision.message).toContain(says)
    expect(decision.message).toContain([next, stable, old, oldest].map(revisionIn).join(', '))
    expect(decision.message.length).toBeLessThan(500)
  })

  it('that is gone is reported with what is wrong of other profiles', () => {
    const two = profilesOf({
      logging: {},
      metrics: { parameters: { port: { type: 'integer', required: true } } },
    })
    const pod = podAsking('logging,metrics,mesh', {}, { [pinKey]: '0123456789' })
    const { message } = decideOn(pod, two)
    expect(message.split('\n').map(line => line.replace(/[:;].*/, ''))).toEqual([
      expect.stringContaining('the Pod asks for an unknown profile "mesh"'),
      expect.stringContaining('annotation pillion.dev/logging.revision'),
      expect.stringContaining('profile metrics needs the annotation pillion.dev/metrics.port'),
    ])
  })

  it('that was in use a moment ago on this replica alone is not one that is kept', () => {
    const remembering: Profiles = { ...stable, earlier: () => old.all[0] }
    const pod = podAsking('logging', {}, pinTo(old))
    expect(decideOn(pod, remembering)).toMatchObject({ outcome: 'denied', reason: 'UnknownRevision' })
  })

  it('of a profile that the Pod does not get has no effect, and a warning says so', () => {
    const two = profilesOf({ logging: {}, metrics: { containers: [container('metrics')] } })
    const { outcome, warnings } = decideOn(podAsking('metrics', {}, pinTo(two)), two)
    expect({ outcome, warnings }).toEqual({
      outcome: 'injected',
      warnings: [`annotation ${pinKey} has no effect: the Pod does not get profile logging`],
    })
  })

  it('of a profile that does not exist denies the Pod', () => {
    const pod = podAsking('logging', {}, { 'pillion.dev/mesh.revision': '0123456789' })
    expect(decideOn(pod, stable)).toMatchObject({ outcome: 'denied', reason: 'UnknownParameter' })
  })

  it('is suggested for a name that is misspelt', () => {
    const pod = podAsking('logging', {}, { 'pillion.dev/logging.revison': revisionIn(stable) })
    expect(decideOn(pod, stable).message).toContain('did you mean pillion.dev/logging.revision?')
  })

  it('of a SidecarProfile gives no more than the namespace allows', () => {
    const own = (spec: object) =>
      collect([
        profileOf({
          kind: 'SidecarProfile',
          metadata: { name: 'node', namespace: 'shop' },
          spec: spec as never,
        }),
      ]).profiles
    const before = own({ volumes: [{ name: 'root', hostPath: { path: '/' } }] })
    const now = own({ volumes: [{ name: 'root', emptyDir: {} }] })
    const pin = before.find('node', 'shop')!.revision
    const pod = podAsking('node', {}, { 'pillion.dev/node.revision': pin })
    const kept: Profiles = { ...now, revisionOf: () => before.find('node', 'shop') }
    expect(decideOn(pod, kept)).toMatchObject({ outcome: 'denied', reason: 'PodSecurity' })
  })
})

describe('a status that anybody can write', () => {
  const claiming = (pod: Pod, profiles: Profiles) =>
    withStatus(pod, {
      profiles: { logging: { revision: revisionIn(profiles), initContainers: ['logging'] } },
    })

  it.each([
    { what: 'requirements', fields: { requires: [{ expression: 'false', message: 'nobody any more' }] } },
    { what: 'parameters', fields: { parameters: { tenant: { type: 'string', required: true } } } },
  ])('does not bypass the present $what by a revision that is kept', ({ fields }) => {
    const now = withRevisions(version('a:9', fields), { kept: [old] })
    const copied = podAsking('logging', {
      initContainers: injectInto(podAsking('logging'), old).spec!.initContainers!,
    })
    for (const pod of [podAsking('logging'), copied])
      expect(decideOn(claiming(pod, old), now)).toMatchObject({ outcome: 'denied' })
  })

  it('does not bypass the requirements of the canary', () => {
    const locked = version('a:9', { requires: [{ expression: 'false', message: 'not yet' }] })
    const of = withRevisions(stable, { next: locked, share: { percent: 100 } })
    const given = injectInto(podAsking('logging'), stable)
    expect(decideOn(given, of)).toMatchObject({ outcome: 'denied', reason: 'RequirementNotMet' })
  })

  it('does not choose a revision: the Pod gets the one that is due', () => {
    expect(imageIn(injectInto(claiming(podAsking('logging'), old), nobody))).toBe('a:3')
    expect(imageIn(injectInto(claiming(podAsking('logging'), old), everybody))).toBe('a:4')
  })

  it('keeps a Pod in its revision that is created again from the YAML of the one that ran, until it is uninjected', () => {
    const { status: _, ...ran } = live(injectInto(podAsking('logging'), old))
    const again = { ...ran, metadata: { ...ran.metadata, uid: undefined } } as Pod
    expect(decideOn(again, nobody)).toMatchObject({ outcome: 'unchanged' })
    expect(imageIn(injectInto(uninjected(again), nobody))).toBe('a:3')
  })

  it('is not waited for if the revision is kept or being rolled out', () => {
    for (const [from, isUnknown] of [
      [old, false],
      [next, false],
      [version('b:1'), true],
    ] as const) {
      const pod = injectInto(podAsking('logging'), from)
      expect(hasUnknownRevision(subjectOf(pod), nobody)).toBe(isUnknown)
    }
  })
})

describe('a canary by labels', () => {
  const selector = { matchLabels: { tier: 'front' } }
  const labelled = (labels: Strings, asking = podAsking('logging')): Pod => ({
    ...asking,
    metadata: { ...asking.metadata, labels },
  })

  it.each<{ why: string; share: Omit<Canary, 'profile'>; pod?: Pod; inside?: Namespace; is: boolean }>([
    {
      why: 'of a Pod that has them',
      share: { podSelector: selector },
      pod: labelled({ tier: 'front' }),
      is: true,
    },
    {
      why: 'of a Pod that does not',
      share: { podSelector: selector },
      pod: labelled({ tier: 'back' }),
      is: false,
    },
    { why: 'of a Pod without labels', share: { podSelector: selector }, is: false },
    {
      why: 'of a namespace that has them',
      share: { namespaceSelector: selector },
      inside: { ...namespace, labels: { tier: 'front' } },
      is: true,
    },
    { why: 'of a namespace that does not', share: { namespaceSelector: selector }, is: false },
    { why: 'of no labels has every Pod', share: { podSelector: {} }, is: true },
    { why: 'that does not say who is in it has nobody', share: {}, is: false },
  ])('$why: $is', ({ share, pod = podOf(), inside = namespace, is }) => {
    expect(isInCanary({ profile: next.all[0]!, ...share }, { pod, namespace: inside })).toBe(is)
  })

  it('does not count a label that a profile adds, so that the Pod that runs is where it was', () => {
    const adding = version('a:3', { pod: { labels: { tier: 'front' } } })
    const of = withRevisions(adding, { next, share: { podSelector: selector } })
    const pod = injectInto(podAsking('logging'), of)
    expect(pod.metadata?.labels).toEqual({ tier: 'front' })
    expect(dueOf({ pod, namespace }, adding.all[0]!, of)).toMatchObject({ because: 'stable' })
    expect(decideOn(pod, of, { isLive: true })).toMatchObject({ outcome: 'unchanged' })
  })
})
