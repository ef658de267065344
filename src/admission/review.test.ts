import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../test/cpu-time.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { collect } from '../profile/accept/profiles.ts'
import { parseProfiles } from '../profile/yaml/parse.ts'
import { review } from './review.ts'

const { profiles } = collect(
  parseProfiles(
    `
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: logging }
spec:
  parameters:
    path: { type: string, default: /var/log, pattern: "^/[a-z/]+$" }
  volumes: [{ name: logs, emptyDir: {}, adopt: { mountPath: $(params.path) } }]
  containers: [{ name: logging, image: logging:1, volumeMounts: [{ name: logs, mountPath: /logs }] }]
  appContainers:
    - select: all
      env: [{ name: LOGS, value: $(params.path) }]
      volumeMounts: [{ name: logs, mountPath: $(params.path) }]
`,
    'logging.yaml',
  ).profiles,
)
const context = {
  profiles,
  cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set(['kube-system']) },
  namespaceOf: (name: string) => ({ name, labels: {}, annotations: {} }),
}
const reviewOf = (object: unknown, request: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u1',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'shop',
    object,
    ...request,
  },
})
const pod = {
  metadata: {
    generateName: 'web-',
    annotations: { 'pillion.dev/inject': 'logging' },
    ownerReferences: [
      { kind: 'Other', name: 'first' },
      { kind: 'ReplicaSet', name: 'web-5d4f7', controller: true },
    ],
  },
  spec: { containers: [{ name: 'app', image: 'web:1' }] },
}
const askingPod = (metadata: object, spec: object = pod.spec) => ({
  metadata: { ...metadata, annotations: { 'pillion.dev/inject': 'logging' } },
  spec,
})

describe('review', () => {
  it('gives the answer, the decision, and what a log may say', () => {
    expect(review(reviewOf(pod, { dryRun: true }), context)).toMatchObject({
      logFields: {
        uid: 'u1',
        operation: 'CREATE',
        dryRun: true,
        namespace: 'shop',
        generateName: 'web-',
        owner: 'ReplicaSet/web-5d4f7',
      },
      decision: { outcome: 'injected', profiles: [{ name: 'logging' }] },
      response: { response: { uid: 'u1', allowed: true } },
    })
  })

  it('answers a dry run as it answers the real thing', () => {
    expect(review(reviewOf(pod, { dryRun: true }), context)).toHaveProperty(
      'response',
      (review(reviewOf(pod), context) as { response: object }).response,
    )
  })

  it('asks for what is known of the namespace', () => {
    const asksForAll = (name: string) => ({
      name,
      labels: {},
      annotations: { 'pillion.dev/inject': name === 'shop' ? 'logging' : 'none' },
    })
    const silent = { spec: pod.spec }
    const reviewed = review(reviewOf(silent), { ...context, namespaceOf: asksForAll })
    expect(reviewed).toMatchObject({ decision: { outcome: 'injected' } })
  })

  it('leaves everything but the creation of a Pod alone', () => {
    expect(review(reviewOf(null, { operation: 'DELETE' }), context)).toMatchObject({
      decision: { outcome: 'skipped', reason: 'NotCreated' },
    })
  })

  it('leaves a subresource of a Pod alone that has the operation CREATE', () => {
    const request = { subResource: 'binding', kind: { kind: 'Binding' } }
    expect(review(reviewOf(pod, request), context)).toMatchObject({ decision: { reason: 'NotCreated' } })
  })

  it.each([
    { revision: '0123456789', denied: true },
    { revision: profiles.all[0]!.revision, denied: false },
  ])(
    'says whether a Pod is denied that claims a revision that is not known: $denied',
    ({ revision, denied }) => {
      const claims = { profiles: { logging: { revision, initContainers: ['logging'] } } }
      const annotations = { 'pillion.dev/inject': 'logging', 'pillion.dev/status': JSON.stringify(claims) }
      const initContainers = [{ name: 'logging', image: 'logging:0', restartPolicy: 'Always' }]
      const reviewed = (more: object, spec: object) =>
        review(reviewOf({ metadata: { annotations: { ...annotations, ...more } }, spec }), context)
      const wrong = { 'pillion.dev/logging.path': 'no path' }
      expect(reviewed(wrong, { ...pod.spec, initContainers })).toMatchObject({
        decision: { outcome: 'denied' },
        isBehind: denied,
      })
      expect(reviewed(wrong, pod.spec)).toMatchObject({ isBehind: false })
      expect(reviewed({}, pod.spec)).toMatchObject({
        decision: { outcome: 'injected' },
        isBehind: false,
      })
    },
  )

  it.each([
    { what: 'in a namespace that is not known', namespace: { isUnknown: true }, isBehind: true },
    { what: 'that asks for an unknown profile', asks: 'new', isBehind: true },
    { what: 'that asks for it beside another', asks: 'logging, new', isBehind: true },
    { what: 'that pins an unknown revision', pins: '0123456789', isBehind: true },
    {
      what: 'that asks for an unknown profile, outside of a cluster',
      asks: 'new',
      cluster: false,
      isBehind: false,
    },
    { what: 'that asks for what is there', isBehind: false },
  ] as const)('says of a Pod $what that the API server may know more: $isBehind', given => {
    const {
      namespace = {},
      asks = 'logging',
      pins,
      cluster = true,
    } = { pins: undefined, ...given } as {
      namespace?: object
      asks?: string
      pins?: string
      cluster?: boolean
    }
    const annotations = {
      'pillion.dev/inject': asks,
      ...(pins && { 'pillion.dev/logging.revision': pins }),
    }
    const reviewed = review(reviewOf({ metadata: { annotations }, spec: pod.spec }), {
      ...context,
      ...(cluster && { namespaces: () => [] }),
      namespaceOf: (name: string) => ({ ...context.namespaceOf(name), ...namespace }),
    })
    expect(reviewed).toMatchObject({ isBehind: given.isBehind })
  })

  it('logs the name of a Pod instead of what it is made from', () => {
    const reviewed = review(reviewOf({ ...pod, metadata: { ...pod.metadata, name: 'web-1' } }), context)
    const logFields = 'logFields' in reviewed ? reviewed.logFields : {}
    expect(logFields).toEqual({
      uid: 'u1',
      operation: 'CREATE',
      dryRun: false,
      namespace: 'shop',
      name: 'web-1',
      owner: 'ReplicaSet/web-5d4f7',
    })
  })

  it('refuses what is no review', () => {
    expect(review({}, context)).toEqual({ badRequest: { status: 400, message: expect.any(String) } })
  })

  it('gives a bug of the engine as a failure, with whose Pod it was', () => {
    const bug = new Error('bug')
    const broken: Profiles = {
      ...profiles,
      find: () => {
        throw bug
      },
    }
    expect(review(reviewOf(pod), { ...context, profiles: broken })).toEqual({
      logFields: expect.objectContaining({ uid: 'u1', namespace: 'shop' }),
      failure: bug,
    })
  })

  it('keeps what a log says short', () => {
    const reviewed = review(reviewOf({ metadata: { name: 'n'.repeat(1_000_000) } }), context)
    expect(JSON.stringify('logFields' in reviewed && reviewed.logFields).length).toBeLessThan(1_000)
  })
})

describe('a Pod out of the ordinary', { timeout: 60_000 }, () => {
  const megabyte = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`f:${i}`, { 'f:deep': {} }]))
  const nested = JSON.parse(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`)
  const env = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `E${i}`, value: `${i}` }))

  it.each([
    { what: '5,000 variables', object: askingPod({}, { containers: [{ name: 'app', env: env(5_000) }] }) },
    { what: 'a megabyte of managedFields', object: askingPod({ managedFields: [{ fieldsV1: megabyte }] }) },
  ])('is injected with $what, in a moment', ({ object }) => {
    const cpuMs = cpuMsOf(() => {
      expect(review(reviewOf(object), context)).toMatchObject({ decision: { outcome: 'injected' } })
    })
    expect(cpuMs).toBeLessThan(1_000)
  })

  it('is denied with 200,000 levels of nesting, and left alone with them when it does not opt in', () => {
    const spec = { ...pod.spec, later: nested }
    expect(review(reviewOf(askingPod({}, spec)), context)).toMatchObject({
      decision: { reason: 'LimitExceeded', message: 'the Pod is nested 200002 levels deep; the limit is 64' },
    })
    expect(review(reviewOf({ metadata: { later: nested }, spec }), context)).toMatchObject({
      decision: { outcome: 'skipped' },
    })
  })

  it('looks as often at the Pod as it has environment variables, however many', () => {
    const looksAt = (count: number) => {
      let looks = 0
      const counting: ProxyHandler<object> = {
        get(target, key, receiver) {
          looks++
          return Reflect.get(target, key, receiver)
        },
      }
      const variables = env(count).map(variable => new Proxy(variable, counting))
      const containers = [{ name: 'app', env: new Proxy(variables, counting) }]
      expect(review(reviewOf(askingPod({}, { containers })), context)).toHaveProperty('decision')
      return looks
    }
    // What is small is known to be within the limits sooner. The last is beyond the limit of items.
    const most = (looksAt(16_000) / 16_000) * 1.5
    expect(most).toBeGreaterThan(1)
    for (const count of [1_000, 4_000, 8_000, 160_000])
      expect(looksAt(count) / count).toBeLessThanOrEqual(most)
  })

  it('pollutes no prototype', () => {
    const text = JSON.stringify(askingPod({ labels: { a: 'b' } })).replaceAll('"a"', '"__proto__"')
    const object = JSON.parse(
      text.replace('"spec":{', '"spec":{"__proto__":{"polluted":true},"constructor":{},'),
    )
    expect(review(reviewOf(object), context)).toMatchObject({ decision: { outcome: 'injected' } })
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
  })
})

describe('whatever the JSON', { timeout: 60_000 }, () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  /** What an API server sends, and once in a while anything. */
  const mostly = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 60, arbitrary: usual }, json)
  const always = <T>(value: T) => mostly(fc.constant(value))
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'logs', 'logging', '/var/log', '$(params.path)', 'Always'),
  )
  const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.record(model, { requiredKeys: [] })
  const list = <T>(item: fc.Arbitrary<T>) => mostly(fc.array(item, { maxLength: 3 }))
  const container = list(
    optional({
      name: always('app'),
      image: text,
      env: list(fc.record({ name: text, value: json })),
      envFrom: list(fc.dictionary(text, json)),
      ports: list(fc.record({ containerPort: fc.integer(), protocol: text })),
      volumeMounts: list(fc.record({ name: text, mountPath: text, other: json })),
      restartPolicy: text,
      securityContext: json,
    }).map(fields => ({ name: 'app', ...fields })),
  )
  const asks = fc.constantFrom('logging', 'logging,loging', 'none', '', ',', '\u0000')
  const object = optional({
    metadata: mostly(
      optional({
        name: text,
        labels: mostly(fc.dictionary(text, text)),
        annotations: mostly(
          fc.tuple(fc.dictionary(text, text), asks, text, text).map(([others, inject, path, status]) => ({
            ...others,
            'pillion.dev/inject': inject,
            ...(path.startsWith('/') && { 'pillion.dev/logging.path': path }),
            'pillion.dev/status': status,
          })),
        ),
        ownerReferences: list(fc.record({ kind: text, name: text, controller: fc.boolean() })),
        managedFields: json,
      }),
    ),
    spec: mostly(
      optional({
        containers: container,
        initContainers: container,
        volumes: list(fc.record({ name: text, emptyDir: json })),
        other: json,
      }),
    ),
    status: json,
  })
  const body = fc.record({
    apiVersion: always('admission.k8s.io/v1'),
    kind: always('AdmissionReview'),
    request: fc.record({
      uid: mostly(fc.string({ minLength: 1 })),
      kind: always({ group: '', version: 'v1', kind: 'Pod' }),
      operation: always('CREATE'),
      subResource: always(undefined),
      namespace: always('shop'),
      dryRun: always(false),
      object: mostly(object),
    }),
  })

  it('is answered by a well-formed review with the same uid, or refused with HTTP 400', () => {
    fc.assert(
      fc.property(mostly(body), given => {
        const reviewed = review(given, context)
        if ('badRequest' in reviewed) {
          expect(reviewed.badRequest).toEqual({ status: 400, message: expect.stringMatching(/\w/) })
          return
        }
        if ('failure' in reviewed) throw reviewed.failure
        const { response } = reviewed.response
        expect(response.uid).toBe((given as { request: { uid: string } }).request.uid)
        expect(response.allowed).toBe(response.status === undefined)
        expect(response.patchType).toBe(response.patch && 'JSONPatch')
        if (response.patch)
          expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).not.toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})
