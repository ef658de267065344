import { describe, expect, it } from 'vitest'
import {
  cluster,
  container,
  injectInto,
  olderCluster,
  podAsking,
  podOf,
  profilesOf,
  subjectOf,
} from '../engine/decide.fixture.ts'
import type { Pod, Strings } from '../engine/pod.ts'
import type { JsonObject } from '../json/json.ts'
import type { Origin } from './origin.ts'
import { provenanceOf } from './provenance.ts'

const image = 'example/ship:1'

/** The origins in a Pod that gets one profile, `ship`. */
function originsOf(spec: object, podSpec: JsonObject = {}, annotations: Strings = {}) {
  return provenanceOf(subjectOf(podAsking('ship', podSpec, annotations)), profilesOf({ ship: spec }), cluster)
}

/** An origin without its profile and what is empty. */
function short(origin: Origin | undefined): object | undefined {
  if (!origin || !('profile' in origin)) return origin
  const { pointer, rule, ...lists } = origin
  const parts = { expressions: lists.expressions, conditions: lists.conditions, parameters: lists.parameters }
  const given = Object.entries(parts).filter(([, list]) => list.length > 0)
  return { pointer, ...Object.fromEntries(given), ...(rule && { rule }) }
}

const parameters = { path: { type: 'string', default: '/logs' }, debug: { type: 'boolean', default: false } }

describe('the origin of an injected value', () => {
  it('is the field of the profile, with its revision', () => {
    const origins = originsOf({ containers: [{ name: 'ship', image, args: ['-a', '-b'] }] })
    const origin = origins.get('/spec/initContainers/0/args/1')!
    expect(origin).toEqual({
      profile: 'ship',
      revision: expect.stringMatching(/^[0-9a-f]{10}$/),
      pointer: '/spec/containers/0/args/1',
      expressions: [],
      conditions: [],
      parameters: [],
    })
    expect(short(origins.get('/spec/initContainers/0'))).toEqual({ pointer: '/spec/containers/0' })
  })

  it('has the expressions with their values, and the parameters that they read with their source', () => {
    const spec = {
      parameters,
      containers: [{ name: 'ship', image, args: ['--path=$(params.path)/$(app.name)'] }],
    }
    const origins = originsOf(spec, {}, { 'pillion.dev/ship.path': '/data' })
    expect(short(origins.get('/spec/initContainers/0/args/0'))).toEqual({
      pointer: '/spec/containers/0/args/0',
      expressions: [
        { source: 'params.path', value: '/data' },
        { source: 'app.name', value: 'app' },
      ],
      parameters: [{ name: 'path', value: '/data', from: 'pod' }],
    })
  })

  it('has the conditions that were true, and counts items that are left out', () => {
    const env = [
      { name: 'A', value: 'a', when: 'params.debug' },
      { name: 'B', value: 'b', when: '!params.debug' },
    ]
    const origins = originsOf({ parameters, containers: [{ name: 'ship', image, env }] })
    expect(short(origins.get('/spec/initContainers/0/env/0/value'))).toEqual({
      pointer: '/spec/containers/0/env/1/value',
      conditions: ['!params.debug'],
      parameters: [{ name: 'debug', value: false, from: 'default' }],
    })
  })

  it('is the field json, if the value is made of it', () => {
    const env = [{ name: 'A', json: { path: '$(params.path)' } }]
    const origins = originsOf({ parameters, containers: [{ name: 'ship', image, env }] })
    expect(short(origins.get('/spec/initContainers/0/env/0/value'))).toEqual({
      pointer: '/spec/containers/0/env/0/json',
      expressions: [{ source: 'params.path', value: '/logs' }],
      parameters: [{ name: 'path', value: '/logs', from: 'default' }],
    })
  })

  it('is one expression for everything that it gives', () => {
    const origins = originsOf(
      { initContainers: [{ name: 'ship', image, command: '$(app.command)' }] },
      { containers: [container('app', { command: ['run', 'it'] })] },
    )
    const origin = short(origins.get('/spec/initContainers/0/command'))
    expect(origin).toEqual({
      pointer: '/spec/initContainers/0/command',
      expressions: [{ source: 'app.command', value: ['run', 'it'] }],
    })
    expect(short(origins.get('/spec/initContainers/0/command/1'))).toEqual(origin)
  })

  it.each([
    { own: [], at: 0 },
    { own: [{ name: 'OWN', value: '1' }], at: 1 },
  ])('is inherit for what the container inherits, after $own', ({ own, at }) => {
    const inheriting = { name: 'ship', image, inherit: ['env'], ...(own.length > 0 && { env: own }) }
    const origins = originsOf(
      { initContainers: [{ name: 'first', image }, inheriting] },
      { containers: [container('app', { env: [{ name: 'A', value: 'a' }] })] },
    )
    expect(short(origins.get(`/spec/initContainers/1/env/${at}/value`))).toEqual({
      pointer: '/spec/initContainers/1/inherit',
      rule: 'inherited',
    })
  })

  it('is lifecycle for the restartPolicy of a native sidecar; a regular one has none', () => {
    const profiles = profilesOf({ ship: { containers: [{ name: 'ship', image }] } })
    const subject = subjectOf(podAsking('ship'))
    const native = provenanceOf(subject, profiles, cluster)
    expect(short(native.get('/spec/initContainers/0/restartPolicy'))).toEqual({
      pointer: '/spec/lifecycle',
      rule: 'native',
    })
    const regular = provenanceOf(subject, profiles, olderCluster)
    expect(short(regular.get('/spec/containers/1/name'))).toEqual({ pointer: '/spec/containers/0/name' })
    expect(regular.get('/spec/containers/1/restartPolicy')).toBeUndefined()
  })

  it('is adopt for the volume of the app that a mount uses', () => {
    const spec = {
      volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/logs' } }],
      containers: [{ name: 'ship', image, volumeMounts: [{ name: 'logs', mountPath: '/in' }] }],
    }
    const app = container('app', { volumeMounts: [{ name: 'mine', mountPath: '/logs', subPath: 'a' }] })
    const origins = originsOf(spec, { containers: [app], volumes: [{ name: 'mine', emptyDir: {} }] })
    const adopted = { pointer: '/spec/volumes/0/adopt/mountPath', rule: 'adopted' }
    const mount = '/spec/initContainers/0/volumeMounts/0'
    expect(short(origins.get(`${mount}/name`))).toEqual(adopted)
    expect(short(origins.get(`${mount}/subPath`))).toEqual(adopted)
    expect(short(origins.get(`${mount}/mountPath`))).toEqual({
      pointer: '/spec/containers/0/volumeMounts/0/mountPath',
    })
  })

  it('is a rule for the mount of the token', () => {
    const token = {
      name: 'kube-api-access-x',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    }
    const origins = originsOf(
      { containers: [{ name: 'ship', image }] },
      {
        containers: [container('app', { volumeMounts: [token] })],
        volumes: [{ name: 'kube-api-access-x', projected: { sources: [] } }],
      },
    )
    const found = [...origins].filter(([, origin]) => 'rule' in origin && origin.rule === 'token')
    expect(found.map(([pointer]) => pointer)).toContain('/spec/initContainers/0/volumeMounts/0/mountPath')
  })

  it('is a rule of no profile for the annotations of Pillion', () => {
    const origins = originsOf({ containers: [{ name: 'ship', image }] })
    expect(origins.get('/metadata/annotations/pillion.dev~1status')).toEqual({ rule: 'status' })
    expect(origins.get('/metadata/annotations/kubectl.kubernetes.io~1default-container')).toEqual({
      rule: 'defaultContainer',
    })
    expect(origins.get('/metadata/annotations/pillion.dev~1inject')).toBeUndefined()
  })

  it('is the entry of appContainers for what an app container gets, by the values of this container', () => {
    const env = [{ name: 'ME', value: '$(container.name)' }]
    const origins = originsOf(
      {
        appContainers: [
          { select: ['web'], env: [{ name: 'X', value: 'x' }] },
          { select: 'all', env },
        ],
      },
      { containers: [container('app', { env: [{ name: 'A', value: 'a' }] }), container('web')] },
    )
    expect(short(origins.get('/spec/containers/0/env/1/value'))).toEqual({
      pointer: '/spec/appContainers/1/env/0/value',
      expressions: [{ source: 'container.name', value: 'app' }],
    })
    expect(origins.get('/spec/containers/0/env/0')).toBeUndefined()
    expect(short(origins.get('/spec/containers/1/env/0/value'))).toEqual({
      pointer: '/spec/appContainers/0/env/0/value',
    })
  })

  it('is the field of pod for the Pod as a whole; a number is that of the profile that raised it most', () => {
    const profiles = profilesOf({
      low: { pod: { terminationGracePeriodSeconds: 40, labels: { a: 'x' } } },
      high: {
        pod: { terminationGracePeriodSeconds: 60, dnsConfig: { options: [{ name: 'ndots', value: '2' }] } },
      },
    })
    const origins = provenanceOf(subjectOf(podAsking('high, low')), profiles, cluster)
    expect(origins.get('/spec/terminationGracePeriodSeconds')).toMatchObject({ profile: 'high' })
    expect(short(origins.get('/metadata/labels/a'))).toEqual({ pointer: '/spec/pod/labels/a' })
    expect(short(origins.get('/spec/dnsConfig/options/0/value'))).toEqual({
      pointer: '/spec/pod/dnsConfig/options/0/value',
    })
  })

  it('is that of the first of two profiles that give the same', () => {
    const volumes = [{ name: 'shared', emptyDir: {} }]
    const profiles = profilesOf({ a: { volumes }, b: { volumes } })
    const origins = provenanceOf(subjectOf(podAsking('b, a')), profiles, cluster)
    expect(origins.get('/spec/volumes/0/name')).toMatchObject({ profile: 'b' })
  })
})

describe('no origin', () => {
  const profiles = profilesOf({ ship: { containers: [{ name: 'ship', image, args: ['x'] }] } })

  it('is there for a Pod that gets nothing', () => {
    expect(provenanceOf(subjectOf(podOf()), profiles, cluster).size).toBe(0)
    expect(provenanceOf(subjectOf(podAsking('unknown')), profiles, cluster).size).toBe(0)
  })

  it('is there for a value that somebody changed after an earlier call', () => {
    const once = injectInto(podAsking('ship'), profiles)
    const [first] = once.spec?.initContainers ?? []
    const changed: Pod = {
      ...once,
      spec: { ...once.spec, initContainers: [{ ...first!, image: 'mirror/ship:2' }] },
    }
    const origins = provenanceOf(subjectOf(changed), profiles, cluster)
    expect(origins.get('/spec/initContainers/0/image')).toBeUndefined()
  })
})
