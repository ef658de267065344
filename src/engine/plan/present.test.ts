import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { normalPath } from '../../profile/places.ts'
import { byName, container } from '../decide.fixture.ts'
import { isContainer, isVolume } from './match.ts'

/** What a profile gives, and what stands in the Pod under that name. */
interface Pair {
  readonly wanted: JsonObject
  readonly standing: JsonObject
  readonly why: string
}

function isThere({ wanted, standing }: Pair): boolean {
  return isContainer(container('ship', standing), container('ship', wanted))
}

const mount = { name: 'logs', mountPath: '/logs' }

describe('Identical is no conflict: a container', () => {
  it.each<Pair>([
    {
      wanted: {},
      standing: { terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'Always' },
      why: 'with defaults of the API server',
    },
    {
      wanted: { imagePullPolicy: 'IfNotPresent' },
      standing: { imagePullPolicy: 'Always' },
      why: 'that AlwaysPullImages changed',
    },
    {
      wanted: { resources: { requests: { cpu: '1' } } },
      standing: { resources: { requests: { cpu: '2' } } },
      why: 'that an autoscaler resized',
    },
    { wanted: { resources: { requests: { cpu: '1' } } }, standing: {}, why: 'that lost its resources' },
    { wanted: { args: [] }, standing: {}, why: 'whose empty list the API server leaves out' },
    {
      wanted: { workingDir: '', stdin: false, tty: false },
      standing: {},
      why: 'whose empty values the API server leaves out',
    },
    {
      wanted: {},
      standing: { stdin: false, args: [], workingDir: '' },
      why: 'that somebody gave empty values',
    },
    {
      wanted: { ports: [{ containerPort: 80, hostPort: 0 }] },
      standing: { ports: [{ containerPort: 80, protocol: 'TCP' }] },
      why: 'whose port got its protocol',
    },
    {
      wanted: { ports: [{ containerPort: 80, protocol: 'TCP' }] },
      standing: { ports: [{ containerPort: 80 }] },
      why: 'whose port has none',
    },
    {
      wanted: { volumeMounts: [{ ...mount, readOnly: false }] },
      standing: { volumeMounts: [mount] },
      why: 'with a mount that is not read-only',
    },
    {
      wanted: { volumeMounts: [{ ...mount, mountPath: '/logs/' }] },
      standing: { volumeMounts: [mount] },
      why: 'with a mount path that has a slash behind',
    },
    {
      wanted: { volumeMounts: [mount], env: [{ name: 'A', value: '1' }] },
      standing: {
        volumeMounts: [
          { name: 'token', mountPath: '/var/run/secrets' },
          { ...mount, recursiveReadOnly: 'Disabled' },
        ],
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      },
      why: 'to which others added mounts and variables',
    },
    {
      wanted: { env: [{ name: 'A', value: '' }] },
      standing: { env: [{ name: 'A' }] },
      why: 'with an empty variable',
    },
    {
      wanted: { env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
      standing: {
        env: [{ name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
      },
      why: 'with a variable from a field',
    },
    {
      wanted: {
        env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1000m' } } }],
      },
      standing: {
        env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1' } } }],
      },
      why: 'with a quantity in other words',
    },
    {
      wanted: { readinessProbe: { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 0 } },
      standing: { readinessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, timeoutSeconds: 1 } },
      why: 'whose probe got defaults',
    },
    {
      wanted: { volumeDevices: [{ name: 'd', devicePath: '/d' }] },
      standing: { volumeDevices: [{ name: 'd', devicePath: '/d' }] },
      why: 'with a device',
    },
    {
      wanted: { securityContext: {} },
      standing: { securityContext: { runAsNonRoot: true } },
      why: 'that was made stricter',
    },
    { wanted: { args: ['a', 'b'] }, standing: { args: ['a', 'b'] }, why: 'with the same arguments' },
    {
      wanted: { startupProbe: { httpGet: { path: '', port: 80, scheme: '' }, periodSeconds: 0 } },
      standing: { startupProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 10 } },
      why: 'whose empty values became defaults',
    },
    {
      wanted: { ports: [{ containerPort: 80, hostPort: 0, protocol: '' }] },
      standing: { ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] },
      why: 'whose port is the port of the node, too',
    },
    {
      wanted: {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      standing: { env: [{ name: 'B' }, { name: 'A', value: '1' }, { name: 'A', value: '2' }] },
      why: 'with an environment variable twice',
    },
    {
      wanted: { env: ['1', '2'].map(value => ({ name: 'A', value })) },
      standing: { env: ['0', '1', '2'].map(value => ({ name: 'A', value })) },
      why: 'with an environment variable before that of the same name',
    },
    { wanted: { env: [] }, standing: { env: [{ name: 'A', value: '1' }] }, why: 'that got a variable' },
  ])('$why', pair => {
    expect(isThere(pair)).toBe(true)
  })

  it.each<Pair>([
    { wanted: { args: ['a', 'b'] }, standing: { args: ['b', 'a'] }, why: 'other arguments' },
    { wanted: { args: ['a'] }, standing: { args: ['a', 'b'] }, why: 'more arguments' },
    { wanted: { args: ['a', 'b'] }, standing: { args: ['a', 'c'] }, why: 'one other argument' },
    { wanted: { args: [] }, standing: { args: ['a'] }, why: 'an argument' },
    { wanted: { workingDir: null }, standing: { workingDir: '/x' }, why: 'a directory of its own' },
    {
      wanted: { ports: [{ containerPort: 80, hostPort: 8080 }] },
      standing: { ports: [{ containerPort: 80, hostPort: 80 }] },
      why: 'the port of the container in place of the port of the node',
    },
    {
      wanted: { ports: [{ containerPort: 80, hostPort: 0 }] },
      standing: { ports: [{ containerPort: 80, hostPort: 22 }] },
      why: 'another port of the node',
    },
    ...[['1'], ['1', '3'], ['2', '1'], ['1', '2', '3']].map(values => ({
      wanted: { env: ['1', '2'].map(value => ({ name: 'A', value })) },
      standing: { env: values.map(value => ({ name: 'A', value })) },
      why: `an environment variable that is ${values.join(', then ')}`,
    })),
    { wanted: { lifecycle: { preStop: {} } }, standing: { lifecycle: null }, why: 'no lifecycle' },
    {
      wanted: { args: ['1000m'] },
      standing: { args: ['1'] },
      why: 'an argument that only reads like the same quantity',
    },
    {
      wanted: { env: [{ name: 'A', value: '1k' }] },
      standing: { env: [{ name: 'A', value: '1000' }] },
      why: 'a variable that only reads like the same quantity',
    },
    {
      wanted: { env: [{ name: 'A', value: '1' }] },
      standing: { env: [{ name: 'A', value: '2' }] },
      why: 'another value',
    },
    { wanted: { env: [{ name: 'A', value: '1' }] }, standing: { env: [] }, why: 'no such variable' },
    { wanted: { env: [{ name: 'A', value: '1' }] }, standing: { env: 'A=1' }, why: 'no list' },
    {
      wanted: { securityContext: { runAsUser: 0 } },
      standing: { securityContext: {} },
      why: 'zero where zero means something',
    },
    { wanted: { securityContext: { privileged: false } }, standing: {}, why: 'no securityContext' },
    {
      wanted: { ports: [{ containerPort: 80 }] },
      standing: { ports: [{ containerPort: 80, protocol: 'UDP' }] },
      why: 'another protocol',
    },
    {
      wanted: { volumeMounts: [mount] },
      standing: { volumeMounts: [{ ...mount, name: 'other' }] },
      why: 'another volume at the path',
    },
    {
      wanted: { volumeMounts: [{ ...mount, readOnly: true }] },
      standing: { volumeMounts: [mount] },
      why: 'a mount that may be written',
    },
    { wanted: {}, standing: { name: 'other' }, why: 'another name' },
    { wanted: { restartPolicy: 'Always' }, standing: {}, why: 'no native sidecar' },
  ])('is another with $why', pair => {
    expect(isThere(pair)).toBe(false)
  })

  it.each([
    { wanted: 'busybox:1.37', standing: 'busybox:1.37', same: true },
    { wanted: 'busybox:1.37', standing: 'docker.io/library/busybox:1.37', same: true },
    { wanted: 'ghcr.io/team/ship:1', standing: 'mirror.example:5000/ghcr/team/ship:1', same: true },
    { wanted: 'busybox', standing: 'busybox:latest', same: true },
    { wanted: 'busybox:1.37', standing: 'busybox@sha256:01', same: true },
    { wanted: 'busybox:1.37', standing: 'busybox:1.37@sha256:01', same: true },
    { wanted: 'busybox@sha256:01', standing: 'mirror.example/busybox@sha256:01', same: true },
    { wanted: 'busybox:1.37', standing: 'busybox:1.36', same: false },
    { wanted: 'busybox:1.37', standing: 'busybox:1.36@sha256:01', same: false },
    { wanted: 'busybox:1.37', standing: 'busybox', same: false },
    { wanted: 'busybox:1.37', standing: 'toybox:1.37', same: false },
    { wanted: 'busybox@sha256:01', standing: 'busybox@sha256:02', same: false },
    { wanted: 'busybox@sha256:01', standing: 'busybox', same: false },
    { wanted: 'busybox', standing: undefined, same: false },
    { wanted: undefined, standing: 'busybox', same: false },
  ])('image $standing for $wanted: $same', ({ wanted, standing, same }) => {
    const of = (image: string | undefined) => ({ name: 'ship', image }) as { name: string; image: string }
    expect(isContainer(of(standing), of(wanted))).toBe(same)
  })
})

describe('isVolume', () => {
  it.each([
    { wanted: { emptyDir: { sizeLimit: '1024Mi' } }, standing: { emptyDir: { sizeLimit: '1Gi' } }, is: true },
    { wanted: { emptyDir: { sizeLimit: '1Gi' } }, standing: { emptyDir: { sizeLimit: '2Gi' } }, is: false },
    { wanted: { emptyDir: { sizeLimit: 1024 } }, standing: { emptyDir: { sizeLimit: '1Ki' } }, is: true },
    { wanted: { emptyDir: { sizeLimit: '1Gi' } }, standing: { emptyDir: {} }, is: false },
    { wanted: { emptyDir: {} }, standing: { emptyDir: { medium: '' } }, is: true },
    { wanted: { emptyDir: {} }, standing: { hostPath: { path: '/' } }, is: false },
    {
      wanted: { configMap: { name: 'a' } },
      standing: { configMap: { name: 'a', defaultMode: 420 } },
      is: true,
    },
    {
      wanted: { configMap: { name: 'a', defaultMode: 420 } },
      standing: { configMap: { name: 'a' } },
      is: true,
    },
    {
      wanted: { configMap: { name: 'a', defaultMode: 0 } },
      standing: { configMap: { name: 'a' } },
      is: false,
    },
    { wanted: {}, standing: { emptyDir: {} }, is: true },
    { wanted: {}, standing: { hostPath: { path: '/' } }, is: false },
    { wanted: { emptyDir: null }, standing: {}, is: true },
    {
      wanted: { iscsi: { iqn: 'a', iscsiInterface: '' } },
      standing: { iscsi: { iqn: 'a', iscsiInterface: 'default' } },
      is: true,
    },
    { wanted: { csi: { driver: 'd', volumeAttributes: {} } }, standing: { csi: { driver: 'd' } }, is: true },
    {
      wanted: { ephemeral: { volumeClaimTemplate: { metadata: {} } } },
      standing: { ephemeral: { volumeClaimTemplate: { metadata: { creationTimestamp: null } } } },
      is: true,
    },
    { wanted: { image: { pullPolicy: '' } }, standing: { image: { pullPolicy: 'Always' } }, is: true },
  ])('$wanted in $standing: $is', ({ wanted, standing, is }) => {
    expect(isVolume({ name: 'v', ...standing }, { name: 'v', ...(wanted as object) })).toBe(is)
  })
})

describe('normalPath', () => {
  it.each([
    ['/logs', '/logs'],
    ['/logs/', '/logs'],
    ['//var///log//', '/var/log'],
    ['/', '/'],
    ['//', '/'],
    [undefined, ''],
  ])('%s is %s', (path, normal) => {
    expect(normalPath(path)).toBe(normal)
  })
})

describe('byName', () => {
  it('finds an item, or nothing', () => {
    expect(byName([{ name: 'a' }, { name: 'b' }], 'b')).toEqual({ name: 'b' })
    expect(byName([{ name: 'a' }], 'b')).toBeUndefined()
    expect(byName(undefined, 'b')).toBeUndefined()
  })
})
