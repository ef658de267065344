import { describe, expect, it } from 'vitest'
import { read } from './read.ts'

const podKind = { group: '', version: 'v1', kind: 'Pod' }
const pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'web:1' }] } }
const request = { uid: 'u1', kind: podKind, operation: 'CREATE', namespace: 'shop', object: pod }
const review = (changes: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { ...request, ...changes },
})
const reviewOf = (object: unknown) => review({ object })
const message = (body: unknown) => {
  const reading = read(body)
  return 'badRequest' in reading ? reading.badRequest.message : undefined
}

describe('read', () => {
  it('takes the Pod as it is', () => {
    const reading = read(review())
    expect(reading).toEqual({
      request: { uid: 'u1', operation: 'CREATE', namespace: 'shop', dryRun: false, pod },
    })
    expect('request' in reading && reading.request.pod).toBe(pod)
  })

  it.each([
    { request: 'shop', pod: undefined, namespace: 'shop' },
    { request: undefined, pod: 'front', namespace: 'front' },
    { request: 'shop', pod: 'front', namespace: 'shop' },
  ])('reads namespace $namespace from request $request and Pod $pod', ({ namespace, ...given }) => {
    const object = { ...pod, metadata: { namespace: given.pod } }
    expect(
      read(review({ namespace: given.request, object: JSON.parse(JSON.stringify(object)) })),
    ).toMatchObject({ request: { namespace } })
  })

  it.each([
    { what: 'an update', changes: { operation: 'UPDATE', object: { spec: { containers: 'odd' } } } },
    { what: 'a deletion', changes: { operation: 'DELETE', object: null } },
    {
      what: 'a binding',
      changes: { subResource: 'binding', kind: { kind: 'Binding' }, object: { spec: 1 } },
    },
    { what: 'an eviction', changes: { subResource: 'eviction', kind: { kind: 'Eviction' }, object: {} } },
    {
      what: 'an exec',
      changes: { operation: 'CONNECT', subResource: 'exec', kind: { kind: 'PodExecOptions' } },
    },
  ])('does not look into $what', ({ changes }) => {
    const { subResource } = changes as { subResource?: string }
    expect(read(review(changes))).toEqual({
      request: {
        uid: 'u1',
        operation: 'CREATE',
        namespace: 'shop',
        dryRun: false,
        pod: {},
        ...(subResource && { subResource }),
        ...('operation' in changes && { operation: changes.operation }),
      },
    })
  })

  it.each([
    { body: undefined, says: 'the body is not an AdmissionReview' },
    { body: [], says: 'the body is not an AdmissionReview' },
    { body: 'AdmissionReview', says: 'the body is not an AdmissionReview' },
    { body: { kind: 'Pod' }, says: 'the body is not an AdmissionReview' },
    {
      body: { ...review(), apiVersion: 'admission.k8s.io/v1beta1' },
      says: 'apiVersion must be admission.k8s.io/v1: set admissionReviewVersions: [v1]',
    },
    { body: { ...review(), request: null }, says: 'request must be an object' },
    { body: review({ uid: '' }), says: 'request.uid must be a non-empty string' },
    { body: review({ uid: 7 }), says: 'request.uid must be a non-empty string' },
    { body: review({ operation: 'PATCH' }), says: 'request.operation must be one of CREATE, UPDATE' },
    { body: review({ subResource: {} }), says: 'request.subResource must be a string' },
    { body: review({ namespace: 5 }), says: 'request.namespace must be a string' },
    { body: review({ namespace: undefined }), says: 'request.namespace is missing' },
    { body: review({ dryRun: 'yes' }), says: 'request.dryRun must be true or false' },
    {
      body: review({ kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }),
      says: 'must be a v1 Pod',
    },
    { body: review({ kind: undefined }), says: 'must be a v1 Pod' },
    { body: review({ kind: { ...podKind, kind: 'Service' } }), says: 'must be a v1 Pod' },
    { body: review({ kind: { ...podKind, version: 'v2' } }), says: 'must be a v1 Pod' },
    { body: review({ kind: { ...podKind, group: 'example.com' } }), says: 'must be a v1 Pod' },
    { body: review({ namespace: undefined, object: {} }), says: 'the Pod has no metadata.namespace' },
  ])('refuses with "$says"', ({ body, says }) => {
    expect(message(body)).toContain(says)
  })

  it.each([
    { object: undefined, says: 'request.object must be an object' },
    { object: { metadata: [] }, says: 'request.object.metadata must be an object' },
    {
      object: { metadata: { annotations: { 'pillion.dev/inject': true } } },
      says: 'request.object.metadata.annotations["pillion.dev/inject"] must be a string',
    },
    { object: { spec: { containers: {} } }, says: 'request.object.spec.containers must be a list' },
    {
      object: { spec: { initContainers: [{ name: 'a' }, 'b', { image: 'c' }] } },
      says: 'request.object.spec.initContainers[1] must be an object; request.object.spec.initContainers[2].name is missing',
    },
    {
      object: { spec: { containers: [{ name: 1, env: [{ name: 'A' }, 'B=1'] }] } },
      says: 'request.object.spec.containers[0].name must be a string; request.object.spec.containers[0].env[1] must be an object',
    },
    {
      object: { spec: { containers: [{ name: 'a', ports: [{ containerPort: '80' }] }] } },
      says: 'request.object.spec.containers[0].ports[0].containerPort must be an integer',
    },
    {
      object: { metadata: { ownerReferences: [{ controller: true }, { controller: 'yes' }] } },
      says: 'request.object.metadata.ownerReferences[1].controller must be true or false',
    },
    {
      object: { metadata: { labels: { a: 'b', c: 1 } } },
      says: 'request.object.metadata.labels.c must be a string',
    },
  ])('refuses a malformed Pod: $says', ({ object, says }) => {
    expect(message(reviewOf(object))).toBe(says)
  })

  it.each([
    { what: 'containers that Go wrote as null', object: { spec: { containers: null } } },
    { what: 'an image pull secret without a name', object: { spec: { imagePullSecrets: [{}] } } },
    { what: 'fields of a later Kubernetes', object: { spec: { later: { a: [1] } }, status: 'none' } },
    {
      what: 'keys that are special in JavaScript',
      object: JSON.parse('{"__proto__":{"spec":1},"constructor":2}'),
    },
  ])('leaves $what to the API server', ({ object }) => {
    expect(read(reviewOf(object))).toMatchObject({ request: { pod: object } })
  })

  it('does not repeat a key of a megabyte', () => {
    const labels = { ['k'.repeat(1_000_000)]: 1 }
    expect(message(reviewOf({ metadata: { labels } }))).toHaveLength(2_000)
  })
})
