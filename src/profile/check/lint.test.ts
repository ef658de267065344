import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import { accepted, clusterProfile } from '../profile.fixture.ts'
import { parseProfiles } from '../yaml/parse.ts'

/** A sidecar that nothing can be said against. */
const sound: JsonObject = {
  name: 'agent',
  image: 'agent:1.2',
  ports: [{ containerPort: 9100 }],
  readinessProbe: { tcpSocket: { port: 9100 } },
  resources: { requests: { cpu: '10m' }, limits: { memory: '32Mi' } },
  securityContext: { runAsNonRoot: true },
}

function adviceOn(spec: JsonObject): string[] {
  return accepted(clusterProfile(spec)).advice.map(({ path, message }) => `${fieldPath(path)}: ${message}`)
}

const sidecar = (fields: JsonObject, spec: JsonObject = {}) =>
  adviceOn({ containers: [{ ...sound, ...fields }], ...spec })
const without = (field: string, more: JsonObject = {}) => {
  const { [field]: _, ...rest } = sound
  return adviceOn({ containers: [{ ...rest, ...more }] })
}

describe('advice', () => {
  it('is silent on what is sound', () => {
    expect(sidecar({})).toEqual([])
  })

  it('is silent on the whole catalog', () => {
    const files = globSync('catalog/*.yaml').sort()
    expect(files).not.toEqual([])
    expect(files.flatMap(file => parseProfiles(readFileSync(file, 'utf8'), file).advice)).toEqual([])
  })

  it('has the place in the file', () => {
    const text = `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: a }
spec:
  initContainers:
    - name: a
      image: busybox
      resources: { requests: { cpu: 1m }, limits: { memory: 8Mi } }
      securityContext: { runAsUser: 1000 }
`
    const { profiles, problems, advice } = parseProfiles(text, 'a.yaml')
    expect([profiles.length, problems]).toEqual([1, []])
    expect(advice).toEqual([
      {
        path: ['spec', 'initContainers', 0, 'image'],
        message: '"busybox" names no version: pin one',
        file: 'a.yaml',
        line: 7,
        column: 7,
      },
    ])
  })

  it.each<{ what: string; advice: () => readonly string[]; says: string }>([
    {
      what: 'no requests',
      advice: () => sidecar({ resources: { limits: { memory: '1Mi' } } }),
      says: 'no requests',
    },
    {
      what: 'no memory limit',
      advice: () => sidecar({ resources: { requests: {} } }),
      says: 'no memory limit',
    },
    {
      what: 'ports without a probe',
      advice: () => without('readinessProbe'),
      says: 'has ports and no probe',
    },
    { what: 'no user', advice: () => without('securityContext'), says: 'may run as root' },
    { what: 'root', advice: () => sidecar({ securityContext: { runAsUser: 0 } }), says: 'may run as root' },
    { what: 'no tag', advice: () => sidecar({ image: 'example.com:5000/agent' }), says: 'names no version' },
    { what: 'the tag latest', advice: () => sidecar({ image: 'agent:latest' }), says: 'names no version' },
    {
      what: 'a default image without a version',
      advice: () =>
        sidecar(
          { image: '$(params.image)' },
          { parameters: { image: { type: 'string', default: 'agent' } } },
        ),
      says: 'names no version',
    },
    {
      what: 'nothing in common with the app',
      advice: () => sidecar({ ports: [], args: ['$$(app) and the pod'] }),
      says: 'shares no volume, port or environment variable',
    },
    {
      what: 'a volume that it alone mounts, twice',
      advice: () =>
        sidecar(
          {
            ports: [],
            volumeMounts: ['/a', '/b'].map(mountPath => ({ name: 'logs', mountPath })),
          },
          { volumes: [{ name: 'logs', emptyDir: {} }] },
        ),
      says: 'shares no volume, port or environment variable',
    },
    {
      what: 'a Service of the Pod by the value of a variable',
      advice: () =>
        sidecar({ env: [{ name: 'A', when: 'true', value: '$(pod.metadata.name)-http.svc-local' }] }),
      says: 'localhost',
    },
    {
      what: 'a user that is root in spite of runAsNonRoot',
      advice: () => sidecar({ securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
      says: 'may run as root',
    },
    {
      what: 'a command that calls a Service of the Pod',
      advice: () => sidecar({ command: ['curl', '$(app.name).shop.svc'] }),
      says: 'localhost',
    },
    {
      what: 'a sidecar that alone mounts a volume, beside an init container that does',
      advice: () =>
        adviceOn({
          volumes: [{ name: 'logs', emptyDir: {} }],
          initContainers: [{ ...sound, name: 'b', volumeMounts: [{ name: 'logs', mountPath: '/logs' }] }],
          containers: [{ ...sound, ports: [], volumeMounts: [{ name: 'logs', mountPath: '/logs' }] }],
        }),
      says: 'shares no volume, port or environment variable',
    },
    {
      what: 'three sidecars',
      advice: () =>
        adviceOn({
          containers: ['a', 'b', 'c'].map(name => ({ ...sound, name, ports: [] })),
          pod: { shareProcessNamespace: true },
        }),
      says: '3 sidecars in one profile',
    },
    {
      what: 'a Service in front of the app',
      advice: () => sidecar({ args: ['http://$(app.name).shop.svc:8080/'] }),
      says: 'localhost',
    },
  ])('is given on $what', ({ advice, says }) => {
    expect(advice()).toEqual([expect.stringContaining(says)])
  })

  it.each<{ what: string; advice: () => readonly string[] }>([
    { what: 'a digest', advice: () => sidecar({ image: `agent@sha256:${'a'.repeat(64)}` }) },
    {
      what: 'an image that another expression gives',
      advice: () =>
        sidecar(
          { image: 'agent:$(params.version)' },
          { parameters: { version: { type: 'string', default: '1' } } },
        ),
    },
    {
      what: 'an image that the Pod must give',
      advice: () =>
        sidecar({ image: '$(params.image)' }, { parameters: { image: { type: 'string', required: true } } }),
    },
    {
      what: 'a user that an expression gives',
      advice: () =>
        sidecar(
          { securityContext: { runAsNonRoot: '$(params.strict)' } },
          { parameters: { strict: { type: 'boolean', default: true } } },
        ),
    },
    ...['startupProbe', 'livenessProbe'].map(probe => ({
      what: `a ${probe}`,
      advice: () => without('readinessProbe', { [probe]: { tcpSocket: { port: 9100 } } }),
    })),
    {
      what: 'ports of an init container, and a Service that it waits for',
      advice: () => {
        const { readinessProbe: _, ...init } = sound
        return adviceOn({ initContainers: [{ ...init, args: ['$(app.name).shop.svc'] }] })
      },
    },
    {
      what: 'the processes of the app',
      advice: () => sidecar({ ports: [] }, { pod: { shareProcessNamespace: true } }),
    },
    {
      what: "a volume of the app's own",
      advice: () =>
        sidecar(
          { ports: [], volumeMounts: [{ name: 'logs', mountPath: '/logs' }] },
          { volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/logs' } }] },
        ),
    },
    {
      what: 'a source of variables that the app gets',
      advice: () =>
        sidecar(
          { ports: [] },
          { appContainers: [{ select: 'all', envFrom: [{ secretRef: { name: 'a' } }] }] },
        ),
    },
    ...['127.0.0.1', '[::1]'].map(host => ({
      what: `what it asks at ${host}`,
      advice: () => sidecar({ ports: [], args: [`http://${host}:80/`] }),
    })),
    {
      what: "the app's own image",
      advice: () => adviceOn({ initContainers: [{ ...sound, image: '$(app.image)' }] }),
    },
    {
      what: 'a volume that the app mounts',
      advice: () =>
        sidecar(
          { ports: [], volumeMounts: [{ name: 'logs', mountPath: '/logs' }] },
          {
            volumes: [{ name: 'logs', emptyDir: {} }],
            appContainers: [{ select: 'all', volumeMounts: [{ name: 'logs', mountPath: '/logs' }] }],
          },
        ),
    },
    {
      what: 'a variable that the app gets',
      advice: () =>
        sidecar({ ports: [] }, { appContainers: [{ select: 'all', env: [{ name: 'A', value: 'b' }] }] }),
    },
    {
      what: 'a Service that is not the app’s, or no Service',
      advice: () =>
        sidecar(
          {
            args: [
              'http://$(params.host).shop.svc/',
              '$(app.name).svcs',
              '$(app.name)/x.svc',
              '$$(app a).svc',
            ],
            env: [{ name: 'A', value: 'http://$(pod.metadata.name) a.svc' }],
          },
          { parameters: { host: { type: 'string', default: 'a' } } },
        ),
    },
    {
      what: 'what it reads of the Pod',
      advice: () => sidecar({ ports: [], env: [{ name: 'A', value: '$(pod.kind)' }] }),
    },
    {
      what: 'a volume that another sidecar mounts, too',
      advice: () =>
        adviceOn({
          volumes: [{ name: 'logs', emptyDir: {} }],
          containers: ['a', 'b'].map(name => ({
            ...sound,
            name,
            ports: [],
            volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
          })),
        }),
    },
    {
      what: 'what it asks at localhost',
      advice: () => sidecar({ ports: [], args: ['http://localhost:80/'] }),
    },
  ])('is none on $what', ({ advice }) => {
    expect(advice()).toEqual([])
  })
})
