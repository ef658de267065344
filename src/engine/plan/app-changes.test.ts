import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  decideOn,
  injectInto,
  podAsking,
  profilesOf,
  statusIn,
  uninjected,
} from '../decide.fixture.ts'

const giving = (change: JsonObject, more: JsonObject = {}) =>
  profilesOf({ settings: { appContainers: [{ select: 'all', ...change }], ...more } })

/** The app container of a Pod that gets settings. */
function app(fields: JsonObject, profiles: ReturnType<typeof profilesOf>) {
  return injectInto(podAsking('settings', { containers: [container('app', fields)] }), profiles).spec
    ?.containers?.[0]
}

const source = (name: string, more: JsonObject = {}) => ({ configMapRef: { name }, ...more })

describe('env', () => {
  it('goes behind what the container has, in the order given', () => {
    const env = [
      { name: 'B', value: '1' },
      { name: 'A', value: '$(B)' },
    ]
    const own = [{ name: 'Z', value: '' }]
    expect(app({ env: own }, giving({ env }))?.env).toEqual([...own, ...env])
    expect(app({}, giving({ env }))?.env).toEqual(env)
  })

  it('may come from a field or a secret', () => {
    const env = [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
    expect(app({}, giving({ env }))?.env).toEqual(env)
  })

  it('is given once when two entries give the same', () => {
    const entry = { select: 'all', env: [{ name: 'A', value: '1' }] }
    expect(app({}, giving({}, { appContainers: [entry, entry] }))?.env).toEqual([{ name: 'A', value: '1' }])
  })

  it('is left out when its `when` is false', () => {
    const env = [
      { name: 'A', value: '1', when: 'has(container.tty)' },
      { name: 'B', value: '2', when: 'true' },
    ]
    expect(app({}, giving({ env }))?.env).toEqual([{ name: 'B', value: '2' }])
  })
})

describe('envFrom', () => {
  it('goes behind what the container has', () => {
    expect(app({ envFrom: [source('own')] }, giving({ envFrom: [source('ours')] }))?.envFrom).toEqual([
      source('own'),
      source('ours'),
    ])
  })

  it.each([
    { has: source('one'), why: 'the same' },
    {
      has: source('one', { configMapRef: { name: 'one', optional: true } }),
      why: "the same source, as the Pod's author reads it",
    },
    { has: source('one', { prefix: '' }), why: 'the same with an empty prefix' },
  ])('is there already: $why', ({ has }) => {
    expect(app({ envFrom: [has] }, giving({ envFrom: [source('one')] }))?.envFrom).toEqual([has])
  })

  it.each([
    { has: source('one', { prefix: 'A_' }), why: 'with a prefix' },
    { has: { secretRef: { name: 'one' } }, why: 'a secret of that name' },
    { has: {}, why: 'nothing known' },
  ])('is something else: $why', ({ has }) => {
    expect(app({ envFrom: [has] }, giving({ envFrom: [source('one')] }))?.envFrom).toEqual([
      has,
      source('one'),
    ])
  })

  it('is shared by profiles', () => {
    const change = {
      appContainers: [
        { select: 'all', envFrom: [source('one'), { secretRef: { name: 's' }, prefix: 'S_' }] },
      ],
    }
    const { spec } = injectInto(podAsking('a,b'), profilesOf({ a: change, b: change }))
    expect(spec?.containers?.[0]?.envFrom).toHaveLength(2)
  })

  it('is taken away again, and nothing else', () => {
    const pod = podAsking('settings', {
      containers: [container('app', { envFrom: [source('own'), { secretRef: { name: 'ours' } }] })],
    })
    const injected = injectInto(pod, giving({ envFrom: [source('ours', { prefix: 'P_' }), source('ours')] }))
    expect(statusIn(injected)).toMatchObject({
      profiles: { settings: { app: { app: { envFrom: ['configMap/ours/P_', 'configMap/ours'] } } } },
    })
    expect(uninjected(injected)).toEqual(pod)
  })
})

describe('volumeMounts', () => {
  const volumes = [{ name: 'logs', emptyDir: {} }]
  const mounting = (mount: JsonObject) => giving({ volumeMounts: [{ name: 'logs', ...mount }] }, { volumes })
  const own = (mount: JsonObject) => ({
    containers: [container('app', { volumeMounts: [{ name: 'logs', ...mount }] })],
    volumes,
  })

  it.each([
    { has: { mountPath: '/logs/' }, wants: { mountPath: '/logs' }, why: 'the path with a slash behind' },
    { has: { mountPath: '/logs', subPath: '' }, wants: { mountPath: '/logs' }, why: 'an empty subPath' },
    {
      has: { mountPath: '/logs', readOnly: true },
      wants: { mountPath: '/logs' },
      why: 'read-only, as its author wants it',
    },
    {
      has: { mountPath: '/', subPath: 'a' },
      wants: { mountPath: '/', subPath: 'a' },
      why: 'a part of the volume',
    },
  ])('are there already: $why', ({ has, wants }) => {
    const pod = podAsking('settings', own(has))
    expect(injectInto(pod, mounting(wants)).spec).toEqual(pod.spec)
  })

  it.each([
    { has: { mountPath: '/logs', subPath: 'a' }, wants: { mountPath: '/logs' }, why: 'a part' },
    {
      has: { mountPath: '/logs' },
      wants: { mountPath: '/logs', subPathExpr: '$(POD)' },
      why: 'a part by expression',
    },
  ])('are in conflict: $why', ({ has, wants }) => {
    expect(decideOn(podAsking('settings', own(has)), mounting(wants)).reason).toBe('Conflict')
  })

  it('of one volume may be many, at different paths', () => {
    const profiles = giving(
      {
        volumeMounts: [
          { name: 'logs', mountPath: '/a' },
          { name: 'logs', mountPath: '/b' },
          { name: 'logs', mountPath: '/c', when: 'false' },
        ],
      },
      { volumes },
    )
    expect(app({}, profiles)?.volumeMounts).toHaveLength(2)
  })
})
