import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { clusterProfile, problemsOf, refused } from '../profile.fixture.ts'
import { isImageReference } from './image.ts'

const container = (fields: JsonObject): JsonObject => ({ containers: [{ name: 'a', ...fields }] })
const resources = (requests: JsonObject, limits: JsonObject = {}) =>
  container({ resources: { requests, limits } })

describe('what can never start', () => {
  it('is a container without an image', () => {
    expect(refused(clusterProfile({ initContainers: [{ name: 'a' }] }))).toEqual([
      'spec.initContainers[0].image: is missing: no container starts without an image',
    ])
  })

  it.each<[JsonObject, string]>([
    [container({ image: 'A: 1' }), 'image: "A: 1" is not an image, such as'],
    [resources({ memory: '64MB' }), 'resources.requests.memory: "64MB" is not a quantity'],
    [resources({ cpu: '2' }, { cpu: '500m' }), 'resources.requests.cpu: 2 is more than the limit, 500m'],
    [
      container({ ports: [{ containerPort: 99_999 }] }),
      'ports[0].containerPort: 99999 is not a port: 1 to 65535',
    ],
    [
      container({ ports: [{ containerPort: 1, hostPort: 70_000 }] }),
      'ports[0].hostPort: 70000 is not a port',
    ],
    [container({ ports: [{ containerPort: 1, name: '80' }] }), 'ports[0].name: "80" is not a port name'],
    [
      container({ ports: [{ containerPort: 1, name: 'web' }], livenessProbe: { httpGet: { port: 'htpp' } } }),
      'livenessProbe.httpGet.port: "htpp" is not a port of this container; its ports are web',
    ],
    [
      container({ lifecycle: { preStop: { tcpSocket: { port: 'web' } } } }),
      'lifecycle.preStop.tcpSocket.port: "web" is not a port of this container; none of its ports has a name',
    ],
    [
      container({
        ports: [{ containerPort: 1 }, { containerPort: 2, name: 'web' }],
        livenessProbe: { httpGet: { port: 'htpp' } },
      }),
      'livenessProbe.httpGet.port: "htpp" is not a port of this container; its ports are web',
    ],
    [
      container({ startupProbe: { tcpSocket: { port: 70_000 } } }),
      'startupProbe.tcpSocket.port: 70000 is not a port',
    ],
  ])('is the container %j', (spec, problem) => {
    expect(problemsOf(spec)).toEqual([expect.stringContaining(`spec.containers[0].${problem}`)])
  })

  it.each<[JsonObject, string]>([
    [
      { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'c' } }] },
      'spec.volumes[0]: has the sources emptyDir, configMap: a volume has one',
    ],
    [
      { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1GB' } }] },
      'spec.volumes[0].emptyDir.sizeLimit: "1GB" is not a quantity',
    ],
    [
      {
        volumes: [{ name: 'v', emptyDir: {} }],
        appContainers: [{ select: 'all', volumeMounts: [{ name: 'v', mountPath: 'logs' }] }],
      },
      'spec.appContainers[0].volumeMounts[0].mountPath: "logs" is relative',
    ],
    [
      {
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [{ name: 'a', volumeMounts: [{ name: 'v', mountPath: '/a:b' }] }],
      },
      'spec.containers[0].volumeMounts[0].mountPath: "/a:b" has a ":": a mount path starts with "/" and has no ":"',
    ],
    [{ pod: { annotations: { 'bad key': 'x' } } }, 'spec.pod.annotations["bad key"]: is not a valid key'],
    [{ pod: { labels: { 'A.b/c': 'x' } } }, 'spec.pod.labels["A.b/c"]: is not a valid key'],
    [{ pod: { labels: { 'a/b/c': 'x' } } }, 'spec.pod.labels["a/b/c"]: is not a valid key'],
  ])('is %j', (spec, problem) => {
    expect(problemsOf(spec)).toEqual([expect.stringContaining(problem)])
  })

  it('is nothing that fits', () => {
    const port = (port: number | string, own: JsonObject = {}) =>
      container({ ports: [{ containerPort: 80, name: 'web' }], ...own, livenessProbe: { httpGet: { port } } })
    for (const spec of [
      resources({ cpu: '500m' }, { cpu: '0.5' }),
      resources({ cpu: '1' }, { memory: '1Mi' }),
      container({ ports: [{ containerPort: 1, hostPort: 0 }, { containerPort: 65_535 }] }),
      port('web'),
      port(80),
      port('$(80)'),
      port('admin', { ports: '$([])' }),
      { volumes: [{ name: 'v', when: 'true', adopt: { mountPath: '/v' }, emptyDir: {} }] },
    ])
      expect(problemsOf(spec)).toEqual([])
  })

  it('is nothing that an expression gives', () => {
    const given = { parameters: { x: { type: 'string', default: 'x' } } }
    const text = '$(params.x)'
    expect(
      problemsOf({
        ...given,
        ...container({
          image: `${text}:1`,
          resources: { requests: { memory: text }, limits: { memory: '1Mi' } },
          ports: [{ containerPort: 80, name: text }],
          volumeMounts: [{ name: 'v', mountPath: text }],
          livenessProbe: { httpGet: { port: 'web', scheme: text } },
        }),
        volumes: [{ name: 'v', emptyDir: { sizeLimit: text } }],
      }),
    ).toEqual([])
  })
})

describe('an image', () => {
  const digest = `sha256:${'0a'.repeat(32)}`

  it.each([
    'a',
    'busybox:1.37',
    'library/busybox',
    'example.com:5000/a/b_c/d-e:v1.2',
    'localhost/a',
    '[::1]:5000/a',
    `a@${digest}`,
    `registry.k8s.io/pause:3.10@${digest}`,
  ])('is %s', text => {
    expect(isImageReference(text)).toBe(true)
  })

  it.each([
    '',
    ' a',
    'a b',
    'A',
    'a:',
    'a:-1',
    '/a',
    'a/',
    'a//b',
    'a@',
    'a@sha256:12',
    `a@${digest}@b`,
    'http://a/b',
  ])('is not %j', text => {
    expect(isImageReference(text)).toBe(false)
  })
})

describe('a sentence for a common slip', () => {
  it.each<[JsonObject, string]>([
    [
      {
        ...container({ when: '$(params.debug)' }),
        parameters: { debug: { type: 'boolean', default: false } },
      },
      'a condition is CEL as it is: write params.debug without $( )',
    ],
    [{ appContainers: [{ select: 'frist' }] }, 'did you mean "first"?'],
    [{ appContainers: [{ select: 'web, worker' }] }, 'a list of container names: [web, worker]'],
  ])('is given on %j', (spec, says) => {
    expect(problemsOf(spec)).toEqual([expect.stringContaining(says)])
  })
})
