import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Namespace, Strings } from '../engine/pod.ts'
import type { JsonObject } from '../json/json.ts'
import { metered } from '../limits/budget.ts'
import { collect, type Profiles } from '../profile/accept/profiles.ts'
import { accepted } from '../profile/profile.fixture.ts'
import { reviewProfile } from './profile-review.ts'

const good = { containers: [{ name: 'logging', image: 'logging:1' }] }
const bad = { containers: [{ name: 'logging', image: '$(params.tag)' }], order: { before: ['last'] } }

function profile(name: string, spec: JsonObject = good, namespace?: string): JsonObject {
  return {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
    metadata: { name, ...(namespace && { namespace }) },
    spec,
  }
}

const inUse = (...objects: JsonObject[]) => collect(objects.map(accepted)).profiles
const nothing = inUse()
const context = {
  profiles: nothing,
  namespaceOf: (name: string) => ({ name, labels: {}, annotations: {} }),
}

function reviewOf(object: JsonObject, request: object = {}) {
  const { kind, metadata } = object
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u1',
      kind: { group: 'pillion.dev', version: 'v1alpha1', kind },
      operation: 'CREATE',
      ...(metadata as object),
      object,
      ...request,
    },
  }
}

interface Around {
  readonly among?: Profiles
  readonly request?: object
  readonly labels?: Strings
  readonly namespaces?: readonly Namespace[]
  readonly kubernetesVersion?: string
  readonly updatesPods?: boolean
}

function reviewed(
  object: JsonObject,
  {
    among = nothing,
    request = {},
    labels = {},
    namespaces,
    kubernetesVersion = '1.34',
    updatesPods = true,
  }: Around = {},
) {
  const namespaceOf = (name: string) => ({ name, labels, annotations: {} })
  const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }
  const own = { profiles: among, namespaceOf, cluster, updatesPods }
  const around = { ...own, ...(namespaces && { namespaces: () => namespaces }) }
  const result = reviewProfile(reviewOf(object, request), around)
  if (!('response' in result)) throw new Error(JSON.stringify(result))
  const { allowed, warnings = [], status } = result.response.response
  return { ...result.review, allowed, warnings, status, logFields: result.logFields }
}

describe('reviewProfile', () => {
  it('lets a profile pass that can work', () => {
    expect(reviewProfile(reviewOf(profile('logging'), { dryRun: true }), context)).toEqual({
      logFields: {
        uid: 'u1',
        operation: 'CREATE',
        dryRun: true,
        kind: 'ClusterSidecarProfile',
        name: 'logging',
      },
      review: { outcome: 'allowed', reason: 'Valid', message: '' },
      response: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: {
          uid: 'u1',
          allowed: true,
          auditAnnotations: { outcome: 'allowed', reason: 'Valid' },
        },
      },
    })
  })

  it.each(['CREATE', 'UPDATE'])('denies at a %s what can never work, with all that is wrong', operation => {
    const { allowed, reason, status, warnings } = reviewed(profile('logging', bad), {
      request: { operation },
    })
    expect({ allowed, reason, warnings }).toEqual({ allowed: false, reason: 'Invalid', warnings: [] })
    expect(status).toMatchObject({ status: 'Failure', code: 422, reason: 'Invalid' })
    expect(status?.message.split('\n')).toEqual([
      'the profile is not valid:',
      expect.stringContaining('- spec.order.before[0]: "last" belongs under after'),
      expect.stringContaining('- spec.containers[0].image: '),
    ])
  })

  it('denies a profile without a spec, and a resource of another kind', () => {
    const { spec: _, ...rest } = profile('logging')
    expect(reviewed(rest)).toMatchObject({ allowed: false, status: { code: 422, reason: 'Invalid' } })
    const other = { kind: { group: 'pillion.dev', version: 'v1alpha1', kind: 'Other' } }
    expect(reviewProfile(reviewOf(profile('logging'), other), context, 50)).toMatchObject({
      badRequest: { message: expect.stringContaining('request.kind must be one of') },
    })
  })

  it('says a single problem in one line', () => {
    const spec = { ...good, order: { before: ['last'] } }
    expect(reviewed(profile('logging', spec)).status?.message).toMatch(
      /^the profile is not valid: spec\.order\.before\[0\]: .+$/,
    )
  })

  it.each([
    { what: 'a deletion', request: { operation: 'DELETE', object: null } },
    { what: 'an update of its status', request: { operation: 'UPDATE', subResource: 'status' } },
    { what: 'a connection', request: { operation: 'CONNECT' } },
  ])('has nothing to say of $what', ({ request }) => {
    const { allowed, reason, warnings } = reviewed(profile('logging', bad), { request })
    expect({ allowed, reason, warnings }).toEqual({ allowed: true, reason: 'NotReviewed', warnings: [] })
  })

  it.each([
    {
      usedBy: { pods: 12, workloads: 3 },
      says: '12 Pods of 3 workloads had the profile "logging" at the last sweep.',
    },
    {
      usedBy: { pods: 1, workloads: 1 },
      says: '1 Pod of 1 workload had the profile "logging" at the last sweep.',
    },
  ])('allows the deletion of a profile in use, and warns: $says', ({ usedBy, says }) => {
    const oldObject = { ...profile('logging'), status: { usedBy: { ...usedBy, summary: 'text' } } }
    const { allowed, reason, warnings } = reviewed(profile('logging'), {
      request: { operation: 'DELETE', object: null, oldObject },
    })
    expect({ allowed, reason, warnings }).toEqual({
      allowed: true,
      reason: 'InUse',
      warnings: [
        `${says} They keep it, but a new Pod that asks for it is denied, so no Pod can replace them`,
      ],
    })
  })

  it.each([{}, { usedBy: { pods: 0, workloads: 0 } }, { usedBy: 'many' }])(
    'has nothing to say of the deletion of a profile with the status %j',
    status => {
      const oldObject = { ...profile('logging'), status }
      const request = { operation: 'DELETE', object: null, oldObject }
      expect(reviewed(profile('logging'), { request })).toMatchObject({ reason: 'NotReviewed', warnings: [] })
    },
  )

  it("never warns the author of a cluster profile of a cycle through a namespace's profile", () => {
    const squat = { ...good, order: { after: ['newadmin'], before: ['log-tail'] } }
    const among = inUse(profile('log-tail'), profile('squat', squat, 'shop'))
    const newadmin = profile('newadmin', { ...good, order: { after: ['log-tail'] } })
    expect(reviewed(newadmin, { among })).toMatchObject({ reason: 'Valid', warnings: [] })
    const later = inUse(profile('log-tail'), newadmin)
    const { reason, warnings } = reviewed(profile('squat', squat, 'shop'), { among: later })
    expect(reason).toBe('OrderCycle')
    expect(warnings).toEqual([
      expect.stringContaining('log-tail before newadmin before shop/squat before log-tail'),
    ])
  })

  it('lets a stored profile that is not valid be labelled, with a warning', () => {
    const request = { operation: 'UPDATE', oldObject: profile('logging', bad) }
    const { allowed, reason, warnings } = reviewed(profile('logging', bad), { request })
    expect({ allowed, reason }).toEqual({ allowed: true, reason: 'NotReviewed' })
    expect(warnings).toEqual([expect.stringContaining('this profile is not accepted: - spec.order')])
    const other = { request: { ...request, oldObject: profile('logging', good) } }
    expect(reviewed(profile('logging', bad), other).allowed).toBe(false)
  })

  it('takes a name that the API server makes after it', () => {
    const object = { ...profile('logging'), metadata: { generateName: `${'l'.repeat(60)}-` } }
    expect(reviewed(object)).toMatchObject({ allowed: true, reason: 'Valid' })
  })

  it.each([
    {
      what: 'a Pod',
      body: reviewOf({ kind: 'Pod' }, { kind: { group: '', version: 'v1', kind: 'Pod' } }),
      says: 'request.kind must be one of pillion.dev/v1alpha1: ClusterSidecarProfile, SidecarProfile',
    },
    {
      what: 'a profile of another version',
      body: reviewOf(profile('a'), {
        kind: { group: 'pillion.dev', version: 'v1', kind: 'SidecarProfile' },
      }),
      says: 'request.kind must be one of',
    },
    { what: 'no kind', body: reviewOf(profile('a'), { kind: null }), says: 'request.kind must be one of' },
    { what: 'no review', body: {}, says: 'the body is not an AdmissionReview' },
    { what: 'no uid', body: reviewOf(profile('a'), { uid: '' }), says: 'request.uid must be' },
  ])('refuses $what', ({ body, says }) => {
    expect(reviewProfile(body, context)).toEqual({
      badRequest: { status: 400, message: expect.stringContaining(says) },
    })
  })

  describe('of a SidecarProfile that holds more than Pod Security baseline allows', () => {
    const mighty = {
      containers: [{ name: 'tap', image: 'tap:2', securityContext: { capabilities: { add: ['NET_RAW'] } } }],
      volumes: [{ name: 'node', when: "pod.metadata.name == 'x'", hostPath: { path: '/run' } }],
      pod: { annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' } },
    }
    const label = 'pillion.dev/sidecar-profiles'
    const enforce = 'pod-security.kubernetes.io/enforce'

    it('denies it, with each field, the level, and what to do', () => {
      const { outcome, reason, message } = reviewed(profile('tap', mighty, 'bank'))
      expect({ outcome, reason }).toEqual({ outcome: 'denied', reason: 'PodSecurity' })
      const places = message.split('\n').map(line => line.replace(/^- /, '').split(': ')[0])
      expect(places).toEqual([
        'spec.containers[0].securityContext.capabilities.add[0]',
        'spec.volumes[0].hostPath',
        'spec.pod.annotations["container.apparmor.security.beta.kubernetes.io/app"]',
      ])
      expect(message).toContain('hostPath volumes are not allowed by the Pod Security level baseline')
      expect(message).toContain(`the label ${label} on namespace bank`)
    })

    it.each([
      { labels: { [label]: 'privileged' }, outcome: 'allowed', why: 'the admin allows it' },
      { labels: { [label]: 'priviliged' }, outcome: 'denied', why: 'the label is misspelt' },
      {
        labels: { [label]: 'privileged', [enforce]: 'baseline' },
        outcome: 'denied',
        why: 'the namespace enforces baseline',
      },
      { labels: { [enforce]: 'privileged' }, outcome: 'denied', why: 'no admin spoke of profiles' },
    ])('is $outcome where $why', ({ labels, outcome }) => {
      expect(reviewed(profile('tap', mighty, 'bank'), { labels: labels as Strings }).outcome).toBe(outcome)
    })

    it('lets a ClusterSidecarProfile hold it, and one that is only labelled anew', () => {
      expect(reviewed(profile('tap', mighty)).outcome).toBe('allowed')
      const stored = profile('tap', mighty, 'bank')
      const update = reviewed(stored, { request: { operation: 'UPDATE', oldObject: stored } })
      expect(update).toMatchObject({ outcome: 'allowed', reason: 'NotReviewed' })
      expect(update.warnings.join()).toContain('this profile is not accepted')
    })

    it('leaves to the admission of a Pod what only an expression tells', () => {
      const capabilities = { add: ['$(params.cap)'] }
      const asked = {
        parameters: { cap: { type: 'string' } },
        containers: [{ name: 'tap', image: 'tap:2', securityContext: { capabilities } }],
      }
      expect(reviewed(profile('tap', asked, 'bank')).outcome).toBe('allowed')
    })
  })

  it('gives a bug as a failure, with whose profile it was', () => {
    const bug = new Error('bug')
    const broken: Profiles = {
      ...nothing,
      get all(): never {
        throw bug
      },
    }
    expect(reviewProfile(reviewOf(profile('logging')), { ...context, profiles: broken })).toEqual({
      logFields: expect.objectContaining({ uid: 'u1', name: 'logging' }),
      failure: bug,
    })
  })

  it('keeps what a log says short', () => {
    const { logFields } = reviewed(profile('logging'), { request: { name: 'n'.repeat(1_000_000) } })
    expect(JSON.stringify(logFields).length).toBeLessThan(1_000)
  })

  it('answers whatever JSON it is asked about', () => {
    const anything = fc.jsonValue({ maxDepth: 4 }).map(value => value as JsonObject)
    fc.assert(
      fc.property(anything, anything, (spec, oldSpec) => {
        const request = { operation: 'UPDATE', oldObject: profile('logging', oldSpec) }
        const { allowed, status } = reviewed(profile('logging', spec), { request })
        expect(status === undefined).toBe(allowed)
      }),
      { numRuns: 300 },
    )
  })
})

describe('autoInject', () => {
  const enabled = { 'pillion.dev/inject': 'enabled' }
  const space = (name: string, labels: Strings) => ({ name, labels, annotations: {} })
  const object = (more: object, namespace?: string) => ({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
    metadata: { name: 'mesh', ...(namespace !== undefined && { namespace }) },
    spec: { containers: [{ name: 'mesh', image: 'mesh:1' }], autoInject: {}, ...more },
  })
  const idle = (name: string) => [
    `autoInject has no effect yet: no namespace that it selects has the label pillion.dev/inject=enabled; an admin sets it: kubectl label namespace ${name} pillion.dev/inject=enabled`,
  ]
  const teamA = { namespaceSelector: { matchLabels: { team: 'a' } } }
  it.each<{ what: string; object: object; labels: Strings; warnings: readonly string[] }>([
    { what: 'an enabled namespace', object: object({}), labels: enabled, warnings: [] },
    { what: 'no label', object: object({}), labels: {}, warnings: idle('NAME') },
    {
      what: 'another value',
      object: object({}),
      labels: { 'pillion.dev/inject': 'enable' },
      warnings: idle('NAME'),
    },
    {
      what: 'one that it does not select',
      object: object({ autoInject: teamA }),
      labels: enabled,
      warnings: idle('NAME'),
    },
    {
      what: 'one where it cannot be used',
      object: object({ usableIn: teamA }),
      labels: enabled,
      warnings: idle('NAME'),
    },
    { what: 'its own namespace', object: object({}, 'shop'), labels: enabled, warnings: [] },
    { what: 'a namespace of others', object: object({}, 'bank'), labels: enabled, warnings: idle('bank') },
    { what: 'no autoInject', object: object({ autoInject: undefined }), labels: {}, warnings: [] },
  ])('gets a warning if it can select nothing: $what', ({ object, labels, warnings }) => {
    const got = reviewed(object as JsonObject, { namespaces: [space('default', {}), space('shop', labels)] })
    expect(got).toMatchObject({ allowed: true, warnings })
  })

  it('gets no warning if the namespaces are not known', () => {
    expect(reviewed(object({}) as JsonObject)).toMatchObject({ warnings: [] })
  })
})

describe('other profiles', () => {
  it('make no denial, but a warning, of a name that is taken', () => {
    const among = inUse(profile('logging'))
    const { allowed, reason, warnings } = reviewed(profile('logging', good, 'shop'), { among })
    expect({ allowed, reason }).toEqual({ allowed: true, reason: 'NameTaken' })
    expect(warnings).toEqual([
      'this profile is not accepted: metadata.name: "logging" is taken by the ClusterSidecarProfile of that name',
    ])
    expect(reviewed(profile('metrics', good, 'shop'), { among }).warnings).toEqual([])
  })

  it('are warned of a cluster profile that takes their name', () => {
    const among = inUse(...['bank', 'cafe', 'shop'].map(namespace => profile('logging', good, namespace)))
    const { allowed, warnings } = reviewed(profile('logging'), { among })
    expect({ allowed, warnings }).toEqual({
      allowed: true,
      warnings: [
        'the SidecarProfile "logging" of bank, cafe and 1 more is no longer in use: a ClusterSidecarProfile takes its name',
      ],
    })
  })

  it('make no denial, but a warning, of a cycle in their order', () => {
    const among = inUse(profile('a', { ...good, order: { before: ['b'] } }))
    const { allowed, reason, warnings } = reviewed(profile('b', { ...good, order: { before: ['a'] } }), {
      among,
    })
    expect({ allowed, reason }).toEqual({ allowed: true, reason: 'OrderCycle' })
    expect(warnings).toEqual([
      expect.stringContaining('spec.order: makes a cycle with other profiles: a before b before a'),
    ])
  })

  it('deny one profile too many in a namespace, and warn when such a profile is changed', () => {
    const own = ['a', 'b', 'c'].map(name => profile(name, good, 'shop'))
    const among = inUse(...own, profile('d', good, 'bank'), profile('e'))
    const review = (object: JsonObject, request: object = {}) => {
      const result = reviewProfile(reviewOf(object, request), { ...context, profiles: among }, 3)
      if (!('response' in result)) throw new Error(JSON.stringify(result))
      const { status, warnings } = result.response.response
      return { reason: result.review.reason, status, warnings }
    }
    const reason = 'TooManyProfiles'
    const message = expect.stringContaining(
      'this namespace has 3 SidecarProfiles in use, and may have no more',
    )
    expect(review(profile('z', good, 'shop'))).toEqual({
      reason,
      status: expect.objectContaining({ code: 403, reason: 'Forbidden', message }),
      warnings: undefined,
    })
    expect(review(profile('z', good, 'shop'), { operation: 'UPDATE' })).toEqual({
      reason,
      status: undefined,
      warnings: [expect.stringContaining('this namespace has more than 3 SidecarProfiles')],
    })
    for (const other of [profile('a', good, 'shop'), profile('z', good, 'bank'), profile('z')])
      expect(review(other)).toEqual({ reason: 'Valid', status: undefined, warnings: undefined })
  })

  it('are not compiled if their namespace already has the maximum number', () => {
    const among = inUse(profile('a', good, 'shop'))
    const invalid = profile('z', { contaners: [] }, 'shop')
    const unitsOf = (most: number) =>
      metered(() => reviewProfile(reviewOf(invalid), { ...context, profiles: among }, most)).units
    expect(unitsOf(1)).toBe(0)
    expect(unitsOf(2)).toBeGreaterThan(0)
  })

  it('make no denial, but a warning, of one that is too large beside them in its namespace', () => {
    const text = (size: number) => ({
      containers: [{ name: 'a', image: 'a:1', env: [{ name: 'A', value: 'x'.repeat(size) }] }],
    })
    const twice = { containers: ['a', 'b'].map(name => ({ ...text(64_000).containers[0], name })) }
    const among = inUse(...Array.from({ length: 8 }, (_, i) => profile(`p${i}`, twice, 'shop')))
    const [large, own, elsewhere] = [
      reviewed(profile('z', text(60_000), 'shop'), { among }),
      reviewed(profile('p0', twice, 'shop'), { among }),
      reviewed(profile('z', text(60_000), 'bank'), { among }),
    ]
    expect([large, own, elsewhere].map(({ reason }) => reason)).toEqual(['TooManyProfiles', 'Valid', 'Valid'])
    expect(large.allowed).toBe(true)
    expect(large.warnings.join()).toContain('the SidecarProfiles of this namespace are larger than 1024 KiB')
  })

  it('are none of those whose name it takes itself', () => {
    const among = inUse(profile('a', { ...good, order: { before: ['b'] } }), profile('b'))
    expect(reviewed(profile('a', { ...good, order: { after: ['b'] } }), { among }).warnings).toEqual([])
  })
})

describe('the rollout of a profile', () => {
  const rolling = (rollout: JsonObject, more: JsonObject = {}) =>
    profile('logging', { ...good, ...more, rollout })
  const inPlace = { update: 'InPlace' }

  it.each([
    ['1.31', {}, 'denied'],
    ['1.29', {}, 'denied'],
    ['1.32', {}, 'allowed'],
    ['v1.34.4', {}, 'allowed'],
    // Without native sidecars, it gives regular containers.
    ['1.28', {}, 'allowed'],
    ['1.31', { lifecycle: 'regular' }, 'allowed'],
    ['1.31', { containers: [], initContainers: good.containers }, 'allowed'],
  ])('in place on Kubernetes %s, of a profile with %j: %s', (kubernetesVersion, more, expected) => {
    const { outcome, reason, message } = reviewed(rolling(inPlace, more), { kubernetesVersion })
    expect(outcome).toBe(expected)
    if (outcome === 'denied')
      expect({ reason, message }).toEqual({
        reason: 'Invalid',
        message: `spec.rollout.update: is InPlace, but a native sidecar gets a new image in place only on Kubernetes 1.32 or newer, and this cluster is ${kubernetesVersion}: use Recreate or OnCreate, or lifecycle: regular`,
      })
  })

  it('in place is allowed on an old cluster in a profile that had it before', () => {
    const object = rolling(inPlace)
    const request = { operation: 'UPDATE', oldObject: object }
    expect(reviewed(object, { kubernetesVersion: '1.31', request })).toMatchObject({
      allowed: true,
      warnings: [],
    })
  })

  it.each([
    [{ update: 'InPlace' }, false, 1],
    [{ update: 'Recreate' }, false, 1],
    [{ update: 'InPlace' }, true, 0],
    [{ update: 'OnCreate' }, false, 0],
    [{ canary: { percent: 10 } }, false, 0],
  ])('%j with --rollout=%s has %s warnings', (rollout, updatesPods, expected) => {
    const { allowed, warnings } = reviewed(rolling(rollout), { updatesPods })
    expect(allowed).toBe(true)
    expect(warnings).toHaveLength(expected)
    for (const warning of warnings)
      expect(warning).toMatch(/^spec\.rollout\.update: \w+ does nothing, because .*--rollout/)
  })
})
