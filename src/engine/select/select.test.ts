import { describe, expect, it } from 'vitest'
import { collect } from '../../profile/accept/profiles.ts'
import {
  cluster,
  container,
  decideOn,
  names,
  namespace,
  podAsking,
  podOf,
  profileOf,
  profilesOf,
  subjectOf,
} from '../decide.fixture.ts'
import { annotation, type Strings } from '../pod.ts'
import { select } from './select.ts'

const catalog = profilesOf({
  logging: {},
  metrics: {},
  proxy: { autoInject: { podSelector: { matchLabels: { mesh: 'yes' } } } },
})

const asking = (request: string | undefined): Strings =>
  request === undefined ? {} : { [annotation.inject]: request }

/** The names selected and refused, or the reason why none are. */
function selectFor(
  { pod, requested, inherited, mesh = false }: Asked,
  profiles = catalog,
  inNamespace = namespace,
) {
  const subject = subjectOf(
    podOf({}, { annotations: asking(pod), ...(mesh && { labels: { mesh: 'yes' } }) }),
    {
      ...(requested !== undefined && { requested }),
      namespace: { ...inNamespace, annotations: asking(inherited) },
    },
  )
  const selection = select(subject, profiles, cluster)
  if ('skipped' in selection) return selection.skipped.reason
  return [...names(selection.profiles), ...selection.refused.map(({ name, reason }) => `${name}: ${reason}`)]
}

interface Asked {
  readonly pod?: string
  readonly requested?: string
  readonly inherited?: string
  readonly mesh?: boolean
}

describe('Selection', () => {
  describe("In this order: not ours (not a Pod being created, mirror Pod, excluded namespace); the Pod's `pillion.dev/inject` (`none` opts out); the Namespace's annotation of that name; `autoInject`.", () => {
    const mirror = { 'kubernetes.io/config.mirror': '0123' }
    const excluded = { namespace: { ...namespace, name: 'kube-system' } }
    const rows = [
      {
        why: 'not created',
        annotations: mirror,
        about: { operation: 'UPDATE', ...excluded },
        is: 'NotCreated',
      },
      { why: 'a subresource', annotations: {}, about: { subResource: 'eviction' }, is: 'NotCreated' },
      { why: 'a mirror Pod', annotations: mirror, about: excluded, is: 'MirrorPod' },
      { why: 'an excluded namespace', annotations: {}, about: excluded, is: 'ExcludedNamespace' },
    ] as const
    it.each(rows)('$why is not ours, whatever it asks for', ({ annotations, about, is }) => {
      for (const request of ['logging', 'none', 'no-such-profile']) {
        const pod = podAsking(request, {}, annotations)
        expect(decideOn(pod, catalog, about)).toMatchObject({ outcome: 'skipped', reason: is, patch: [] })
      }
    })

    it.each<Asked & { selected: readonly string[] | string; why: string }>([
      {
        pod: 'logging',
        requested: 'metrics',
        inherited: 'metrics',
        selected: ['logging'],
        why: 'the Pod speaks first',
      },
      {
        pod: 'none',
        requested: 'metrics',
        inherited: 'metrics',
        mesh: true,
        selected: 'OptedOut',
        why: 'a Pod may opt out of all',
      },
      {
        pod: '',
        requested: 'metrics',
        inherited: 'metrics',
        mesh: true,
        selected: 'NotRequested',
        why: 'a Pod that asks for nothing gets nothing',
      },
      { pod: 'metrics,logging', selected: ['metrics', 'logging'], why: 'in the order asked for' },
      {
        pod: ' logging ,, logging,\tmetrics\n',
        selected: ['logging', 'metrics'],
        why: 'spaces, gaps and repetition mean nothing',
      },
      { pod: ' , ', inherited: 'metrics', selected: 'NotRequested', why: 'commas ask for nothing' },
      {
        pod: 'toString',
        inherited: 'metrics',
        selected: ['toString: UnknownProfile'],
        why: 'an unknown profile is no silence',
      },
      {
        pod: 'logging,what',
        selected: ['logging', 'what: UnknownProfile'],
        why: 'each unknown one is refused',
      },
      {
        requested: 'logging',
        inherited: 'metrics',
        selected: ['logging'],
        why: 'what is asked on its behalf comes second',
      },
      {
        requested: 'none',
        inherited: 'metrics',
        selected: 'OptedOut',
        why: 'so does an opt-out on its behalf',
      },
      { requested: '', inherited: 'metrics', selected: 'NotRequested', why: 'and asking for nothing' },
      {
        requested: 'what',
        selected: ['what: UnknownProfile'],
        why: 'an unknown one on its behalf is refused',
      },
      {
        inherited: 'metrics',
        mesh: true,
        selected: ['metrics'],
        why: 'the namespace speaks for a silent Pod',
      },
      { inherited: 'none', mesh: true, selected: 'OptedOut', why: 'a namespace may opt out' },
      {
        inherited: '',
        mesh: true,
        selected: 'NotRequested',
        why: 'an empty annotation of a namespace asks for nothing',
      },
      {
        inherited: 'what',
        selected: ['what: UnknownProfile'],
        why: 'an unknown one of the namespace is refused',
      },
      { mesh: true, selected: ['proxy'], why: 'autoInject acts when nobody speaks' },
      { selected: 'NotRequested', why: 'nobody asks' },
      { pod: 'none,logging', selected: ['none: UnknownProfile', 'logging'], why: '"none" stands alone' },
    ])('$why', ({ selected, ...asked }) => {
      const got = selectFor(asked)
      expect(typeof got === 'string' ? got : got.toSorted()).toEqual(
        typeof selected === 'string' ? selected : selected.toSorted(),
      )
    })

    it('keeps the order in which profiles were asked for', () => {
      expect(selectFor({ pod: 'metrics,proxy,logging' })).toEqual(['metrics', 'proxy', 'logging'])
    })
  })

  describe('An unknown profile or parameter denies the Pod, lists what there is, and proposes the nearest name.', () => {
    it.each([
      {
        request: 'loging',
        says: 'the Pod asks for an unknown profile "loging"; did you mean "logging"? available: logging, metrics, proxy',
      },
      {
        request: 'xyz',
        says: 'the Pod asks for an unknown profile "xyz"; available: logging, metrics, proxy',
      },
      {
        request: 'loging,xyz,metric,log;gin',
        says: [
          '- the Pod asks for an unknown profile "loging"; did you mean "logging"? available: logging, metrics, proxy',
          '- the Pod asks for an unknown profile "xyz"',
          '- the Pod asks for an unknown profile "metric"; did you mean "metrics"?',
          '- the Pod asks for an unknown profile "log;gin"; commas separate profiles: pillion.dev/inject: log, gin',
        ].join('\n'),
      },
      ...['true', 'Yes', 'on', 'enabled', 'enable', '1'].map(request => ({
        request,
        says: `the Pod asks for an unknown profile "${request}"; write names of profiles, for example pillion.dev/inject: logging; available: logging, metrics, proxy`,
      })),
      ...['false', 'No', 'off', 'disabled', 'disable', '0'].map(request => ({
        request,
        says: `the Pod asks for an unknown profile "${request}"; to opt out, write pillion.dev/inject: none; available: logging, metrics, proxy`,
      })),
      ...['logging|metrics', 'logging  metrics', '| logging ; metrics|'].map(request => ({
        request,
        says: `the Pod asks for an unknown profile "${request}"; commas separate profiles: pillion.dev/inject: logging, metrics; available: logging, metrics, proxy`,
      })),
      {
        request: 'x;'.repeat(100),
        says: expect.stringMatching(/commas separate profiles: pillion\.dev\/inject: (x, ){42}x…; available/),
      },
      { request: 'none,logging', says: 'the Pod asks for "none" beside others; "none" stands alone' },
    ])('"$request"', ({ request, says }) => {
      expect(decideOn(podAsking(request), catalog)).toMatchObject({
        outcome: 'denied',
        reason: 'UnknownProfile',
        message: says,
        patch: [],
      })
    })

    it('says so where there is no profile at all', () => {
      expect(decideOn(podAsking('logging'), profilesOf({})).message).toBe(
        'the Pod asks for an unknown profile "logging"; there are no profiles',
      )
      expect(decideOn(podAsking('true'), profilesOf({})).message).toBe(
        'the Pod asks for an unknown profile "true"; write names of profiles, for example pillion.dev/inject: NAME; there are no profiles',
      )
    })

    it('says where the word belongs that a namespace has in place of names', () => {
      const inside = (request: string) => ({ namespace: { ...namespace, annotations: asking(request) } })
      expect(decideOn(podOf(), catalog, inside('enabled')).message).toMatch(
        /; the annotation has names of profiles; the word is for the label pillion\.dev\/inject=enabled; available/,
      )
    })

    it('says who asks', () => {
      const { message } = decideOn(podOf(), catalog, {
        namespace: { ...namespace, annotations: asking('x') },
      })
      expect(message).toMatch(/^namespace shop asks for an unknown profile "x"/)
      expect(decideOn(podOf(), catalog, { requested: 'x' }).message).toMatch(
        /^the request on behalf of the Pod/,
      )
    })

    it('a parameter', () => {
      const profiles = profilesOf({ logging: { parameters: { path: { type: 'string', default: '/' } } } })
      const pod = podAsking('logging', {}, { 'pillion.dev/logging.pth': '/logs' })
      expect(decideOn(pod, profiles)).toMatchObject({
        outcome: 'denied',
        reason: 'UnknownParameter',
        message:
          'annotation pillion.dev/logging.pth: profile logging has no such parameter; did you mean pillion.dev/logging.path?; its parameters: path',
      })
    })
  })

  describe("The API server calls us for Pods with the annotation (`matchConditions`) and for every Pod of a Namespace labelled `pillion.dev/inject=enabled`; the Namespace's annotation and `autoInject` act there.", () => {
    const labelled = { ...namespace, labels: { 'pillion.dev/inject': 'enabled' } }

    it("the Namespace's annotation", () => {
      expect(selectFor({ inherited: 'logging' }, catalog, labelled)).toEqual(['logging'])
    })

    it('`autoInject`, every profile that matches, by name', () => {
      const profiles = profilesOf({
        zeta: { autoInject: {} },
        alpha: { autoInject: {} },
        mid: { autoInject: {} },
        other: {},
      })
      expect(selectFor({}, profiles, labelled)).toEqual(['alpha', 'mid', 'zeta'])
    })
  })

  describe('autoInject', () => {
    it.each([
      { autoInject: {}, selected: true, why: 'no selector is everybody' },
      {
        autoInject: { podSelector: { matchLabels: { tier: 'web' } } },
        selected: true,
        why: 'the Pod matches',
      },
      {
        autoInject: { podSelector: { matchLabels: { tier: 'db' } } },
        selected: false,
        why: 'the Pod does not',
      },
      {
        autoInject: { namespaceSelector: { matchLabels: { team: 'a' } } },
        selected: true,
        why: 'the namespace matches',
      },
      {
        autoInject: { namespaceSelector: { matchLabels: { team: 'b' } } },
        selected: false,
        why: 'the namespace does not',
      },
      {
        autoInject: {
          podSelector: { matchLabels: { tier: 'web' } },
          namespaceSelector: { matchLabels: { team: 'b' } },
        },
        selected: false,
        why: 'both must',
      },
      {
        autoInject: {},
        usableIn: { namespaceSelector: { matchLabels: { team: 'b' } } },
        selected: false,
        why: 'not where the profile cannot be asked for',
      },
    ])('$why', ({ selected, why: _, ...spec }) => {
      const pod = podOf({}, { labels: { tier: 'web' } })
      const subject = subjectOf(pod, { namespace: { ...namespace, labels: { team: 'a' } } })
      expect('profiles' in select(subject, profilesOf({ logging: spec }), cluster)).toBe(selected)
    })

    it('takes a Pod without labels for one with none', () => {
      const profiles = profilesOf({
        logging: { autoInject: { podSelector: { matchLabels: { tier: 'web' } } } },
      })
      expect(selectFor({}, profiles)).toBe('NotRequested')
    })
  })

  describe("a namespace's own profile", () => {
    const own = (name: string, home: string, spec = {}) =>
      profileOf({ kind: 'SidecarProfile', metadata: { name, namespace: home }, spec })
    const { profiles } = collect([
      own('cache', 'shop'),
      own('cache', 'bank'),
      own('tap', 'bank', { autoInject: {} }),
    ])

    it('is found in its namespace only', () => {
      expect(selectFor({ pod: 'cache' }, profiles)).toEqual(['cache'])
      expect(selectFor({ pod: 'tap' }, profiles)).toEqual(['tap: UnknownProfile'])
      expect(decideOn(podAsking('tap'), profiles).message).toMatch(/available: cache$/)
    })

    it('injects by itself in its namespace only', () => {
      expect(selectFor({}, profiles)).toBe('NotRequested')
      expect(selectFor({}, profiles, { ...namespace, name: 'bank' })).toEqual(['tap'])
    })
  })

  describe('hostile annotations', () => {
    const known = Array.from({ length: 30 }, (_, i) => `logging-${i + 10}`)
    const profiles = { ...catalog, namesIn: () => known }

    it('hear of ten names, the nearest before them, and of how many more there are', () => {
      expect(decideOn(podAsking('logging-25x'), profiles).message).toBe(
        'the Pod asks for an unknown profile "logging-25x"; did you mean "logging-25"? available: ' +
          `${known.slice(0, 10).join(', ')} and 20 more`,
      )
    })

    it('get a hint for the first names only', () => {
      const request = Array.from({ length: 40 }, (_, i) => `logging-${i + 10}x`).join(',')
      const lines = decideOn(podAsking(request), profiles).message.split('\n')
      expect(lines).toHaveLength(40)
      expect(lines.filter(line => line.includes('did you mean'))).toHaveLength(16)
    })

    it('are not repeated in full', () => {
      const { message } = decideOn(podAsking(`${'x'.repeat(60_000)}`), profiles)
      expect(message.length).toBeLessThan(1_000)
      expect(message).toContain('x…"')
    })

    it('are not read when they are too long', () => {
      expect(decideOn(podAsking('x,'.repeat(1_000_000)), catalog).message).toContain(
        'the Pod has 2000000 characters in the annotation pillion.dev/inject; the limit is 65536',
      )
    })
  })

  it('refuses more profiles by autoInject than one Pod can get', () => {
    const many = profilesOf(
      Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`p${i}`, { autoInject: {} }])),
    )
    expect(decideOn(podOf(), many)).toMatchObject({
      reason: 'LimitExceeded',
      message: '65 profiles select the Pod by autoInject; the limit is 64',
    })
  })

  describe('usableIn', () => {
    const profiles = profilesOf({
      logging: { usableIn: { namespaceSelector: { matchLabels: { team: 'a' } } } },
      metrics: { containers: [container('metrics')] },
    })

    it('passes over a profile where the namespace does not match, and says so', () => {
      expect(decideOn(podAsking('logging'), profiles)).toMatchObject({
        outcome: 'skipped',
        reason: 'NotUsableInNamespace',
        message: "the labels of namespace shop do not match the profile's usableIn",
      })
    })

    it('is no part of a denial for another reason, but a warning', () => {
      const { reason, message, warnings } = decideOn(podAsking('logging,nope'), profiles)
      expect(reason).toBe('UnknownProfile')
      expect(message).toMatch(/^the Pod asks for an unknown profile "nope"[^\n]*$/)
      expect(warnings).toHaveLength(1)
    })

    it('still gives the others, with a warning', () => {
      const { outcome, warnings, profiles: decided } = decideOn(podAsking('logging,metrics'), profiles)
      expect(outcome).toBe('injected')
      expect(warnings).toEqual([
        "profile logging is skipped: the labels of namespace shop do not match the profile's usableIn",
      ])
      expect(decided.map(({ name, outcome }) => [name, outcome])).toEqual([
        ['metrics', 'injected'],
        ['logging', 'skipped'],
      ])
    })
  })
})
