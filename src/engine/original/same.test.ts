import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container } from '../decide.fixture.ts'
import { isSameAt } from './same.ts'

/** Whether a container is the one that was given, in both lists alike. */
function isSame(standing: JsonObject, given: JsonObject, hostNetwork = false): boolean {
  const [first, second] = ['containers', 'initContainers'].map(list =>
    isSameAt([list], container('a', standing), container('a', given), hostNetwork),
  )
  expect(first).toBe(second)
  return first!
}

const isSameVolume = (standing: JsonObject, given: JsonObject) =>
  isSameAt(['volumes'], { name: 'v', ...standing }, { name: 'v', ...given }, false)

const port = { containerPort: 8080 }
const probe = (more: JsonObject = {}) => ({ httpGet: { port: 8080, ...more } })
const resources = (limits: JsonObject, requests?: JsonObject) => ({
  resources: { limits, ...(requests && { requests }) },
})
const mounts = (...paths: readonly string[]) => ({
  volumeMounts: paths.map(mountPath => ({ name: 'data', mountPath })),
})

const claimOf = (spec: JsonObject, more: JsonObject = {}) => ({
  ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], ...spec }, ...more } },
})

interface Row {
  readonly what: string
  readonly given: JsonObject
  readonly standing: JsonObject
  readonly hostNetwork?: true
}

describe('a container of a Pod', () => {
  it.each<Row>([
    { what: 'a protocol', given: { ports: [port] }, standing: { ports: [{ ...port, protocol: 'TCP' }] } },
    {
      what: 'what a probe lacks',
      given: { livenessProbe: probe() },
      standing: {
        livenessProbe: { ...probe({ path: '/', scheme: 'HTTP' }), periodSeconds: 10, failureThreshold: 3 },
      },
    },
    { what: 'empty resources', given: {}, standing: { resources: {} } },
    { what: 'a pull policy', given: {}, standing: { imagePullPolicy: 'IfNotPresent' } },
    {
      what: 'nothing into resource claims',
      given: { resources: { claims: [{ name: 'gpu' }] } },
      standing: { resources: { claims: [{ name: 'gpu' }], requests: {} } },
    },
    { what: "nothing, on the node's network", given: {}, standing: {}, hostNetwork: true },
    {
      what: 'the policy of AlwaysPullImages',
      given: { imagePullPolicy: 'IfNotPresent' },
      standing: { imagePullPolicy: 'Always' },
    },
    {
      what: 'a request from its limit, and a quantity in another form',
      given: resources({ cpu: '1000m' }),
      standing: resources({ cpu: '1' }, { cpu: '1' }),
    },
    {
      what: "the node's port, on its network",
      given: { ports: [port] },
      standing: { ports: [{ ...port, hostPort: 8080, protocol: 'TCP' }] },
      hostNetwork: true,
    },
  ])(
    'is the one that the profile added if the API server wrote $what',
    ({ given, standing, hostNetwork }) => {
      expect(isSame(standing, given, hostNetwork)).toBe(true)
    },
  )

  it.each<Row>([
    { what: 'one more mount', given: mounts('/a'), standing: mounts('/a', '/b') },
    { what: 'one mount less', given: mounts('/a', '/b'), standing: mounts('/a') },
    { what: 'another field', given: {}, standing: { securityContext: { privileged: true } } },
    { what: 'no security context', given: { securityContext: { privileged: false } }, standing: {} },
    { what: 'another image', given: { image: 'a:1' }, standing: { image: 'mirror/a:1' } },
    {
      what: "a port of the node, on the Pod's network",
      given: { ports: [port] },
      standing: { ports: [{ ...port, hostPort: 8080 }] },
    },
    {
      what: 'another port of the node',
      given: { ports: [port] },
      standing: { ports: [{ ...port, hostPort: 22 }] },
      hostNetwork: true,
    },
    {
      what: 'another limit',
      given: resources({ cpu: '1' }),
      standing: resources({ cpu: '2' }, { cpu: '1' }),
    },
    { what: 'a limit', given: {}, standing: resources({ cpu: '2' }) },
    { what: 'a claim', given: {}, standing: { resources: { claims: [{ name: 'gpu' }] } } },
    {
      what: 'another claim',
      given: { resources: { claims: [{ name: 'gpu' }] } },
      standing: { resources: { claims: [{ name: 'fpga' }] } },
    },
    { what: 'a list for an object', given: { lifecycle: { a: 1 } }, standing: { lifecycle: [{ a: 1 }] } },
    { what: 'a text for an object', given: { lifecycle: { a: 1 } }, standing: { lifecycle: 'a' } },
    { what: 'an object for a list', given: { args: ['a'] }, standing: { args: { 0: 'a' } } },
    { what: 'one other argument', given: { args: ['a', 'b'] }, standing: { args: ['a', 'c'] } },
    { what: 'no arguments', given: { args: ['a'] }, standing: {} },
    { what: 'the policy never to pull', given: {}, standing: { imagePullPolicy: 'Never' } },
    {
      what: 'a weaker pull policy',
      given: { imagePullPolicy: 'Always' },
      standing: { imagePullPolicy: 'Never' },
    },
    {
      what: 'another path',
      given: { livenessProbe: probe({ path: '/live' }) },
      standing: { livenessProbe: probe() },
    },
  ])('is another one with $what', ({ given, standing, hostNetwork }) => {
    expect(isSame(standing, given, hostNetwork)).toBe(false)
  })
})

describe('a volume of a Pod', () => {
  it.each<Omit<Row, 'hostNetwork'>>([
    { what: 'no source', given: {}, standing: { emptyDir: {} } },
    {
      what: 'what a disk of Azure lacks',
      given: { azureDisk: { diskName: 'd', diskURI: 'u' } },
      standing: {
        azureDisk: {
          diskName: 'd',
          diskURI: 'u',
          cachingMode: 'ReadWrite',
          fsType: 'ext4',
          kind: 'Shared',
          readOnly: false,
        },
      },
    },
    {
      what: 'a mode',
      given: { secret: { secretName: 's' } },
      standing: { secret: { secretName: 's', defaultMode: 420 } },
    },
    {
      what: 'what a claim template lacks, and its size',
      given: claimOf({ resources: { requests: { storage: '2048Mi' } } }),
      standing: claimOf(
        { resources: { requests: { storage: '2Gi' } }, volumeMode: 'Filesystem' },
        { metadata: { creationTimestamp: null } },
      ),
    },
    { what: 'no resources of a claim', given: claimOf({}), standing: claimOf({ resources: {} }) },
    {
      what: 'the pull policy of an image',
      given: { image: { reference: 'x' } },
      standing: { image: { reference: 'x', pullPolicy: 'Always' } },
    },
    {
      what: 'the usual pull policy of an image',
      given: { image: { reference: 'x:1' } },
      standing: { image: { reference: 'x:1', pullPolicy: 'IfNotPresent' } },
    },
    {
      what: 'a size in another form',
      given: { emptyDir: { sizeLimit: '1024Mi' } },
      standing: { emptyDir: { sizeLimit: '1Gi' } },
    },
  ])('is the one that the profile added if the API server wrote $what', ({ given, standing }) => {
    expect(isSameVolume(standing, given)).toBe(true)
  })

  it.each<Omit<Row, 'hostNetwork'>>([
    {
      what: 'the root of the node',
      given: { hostPath: { path: '/run' } },
      standing: { hostPath: { path: '/' } },
    },
    { what: 'a path where none was given', given: { hostPath: {} }, standing: { hostPath: { path: '/' } } },
    { what: 'another source', given: {}, standing: { hostPath: { path: '/' } } },
    {
      what: 'labels of a claim',
      given: claimOf({}),
      standing: claimOf({}, { metadata: { labels: { a: '' } } }),
    },
    { what: 'a medium', given: { emptyDir: {} }, standing: { emptyDir: { medium: 'Memory' } } },
    {
      what: 'another mode',
      given: { secret: { secretName: 's' } },
      standing: { secret: { secretName: 's', defaultMode: 511 } },
    },
  ])('is another one with $what', ({ given, standing }) => {
    expect(isSameVolume(standing, given)).toBe(false)
  })
})
