import { describe, expect, it } from 'vitest'
import type { Container, Pod } from '../../engine/pod.ts'
import { type ContainerEnd, podPicture } from './pod-picture.ts'

const sidecar = { restartPolicy: 'Always' }

function podOf(spec: Pod['spec'], metadata: Pod['metadata'] = {}): Pod {
  return { metadata, spec: spec ?? {} }
}

/** The picture with the profile p, to which these containers, volumes and additions to app containers belong. */
function pictureOf(pod: Pod, injected: Readonly<Record<string, object>> = {}) {
  return podPicture(pod, [{ name: 'p', injected: { revision: 'r', ...injected } }])
}

describe('the containers of a picture', () => {
  it.each<{
    readonly why: string
    readonly container: Partial<Container>
    readonly isInit: boolean
    readonly isInjected: boolean
    readonly restartPolicy?: string
    readonly kind: string
    readonly end: ContainerEnd
  }>([
    {
      why: 'an init container ends before the app starts',
      container: {},
      isInit: true,
      isInjected: false,
      kind: 'init container',
      end: 'before',
    },
    {
      why: 'an injected one, too',
      container: {},
      isInit: true,
      isInjected: true,
      kind: 'init container',
      end: 'before',
    },
    {
      why: 'also in a Job',
      container: {},
      isInit: true,
      isInjected: true,
      restartPolicy: 'Never',
      kind: 'init container',
      end: 'before',
    },
    {
      why: 'a native sidecar ends after the app',
      container: sidecar,
      isInit: true,
      isInjected: true,
      kind: 'native sidecar',
      end: 'after',
    },
    {
      why: "the author's, too",
      container: sidecar,
      isInit: true,
      isInjected: false,
      kind: 'native sidecar',
      end: 'after',
    },
    {
      why: 'in a Job it ends by itself',
      container: sidecar,
      isInit: true,
      isInjected: true,
      restartPolicy: 'OnFailure',
      kind: 'native sidecar',
      end: 'after',
    },
    {
      why: 'the app ends first',
      container: {},
      isInit: false,
      isInjected: false,
      kind: 'app container',
      end: 'first',
    },
    {
      why: 'the app of a Job ends first',
      container: {},
      isInit: false,
      isInjected: false,
      restartPolicy: 'Never',
      kind: 'app container',
      end: 'first',
    },
    {
      why: 'a regular sidecar ends with the app',
      container: {},
      isInit: false,
      isInjected: true,
      kind: 'regular sidecar',
      end: 'first',
    },
    {
      why: 'in a Job it never ends',
      container: {},
      isInit: false,
      isInjected: true,
      restartPolicy: 'Never',
      kind: 'regular sidecar',
      end: 'never',
    },
    {
      why: 'or after a failure',
      container: {},
      isInit: false,
      isInjected: true,
      restartPolicy: 'OnFailure',
      kind: 'regular sidecar',
      end: 'never',
    },
  ])('end as Kubernetes ends them: $why', ({ container, isInit, isInjected, restartPolicy, kind, end }) => {
    const list = isInit ? 'initContainers' : 'containers'
    const pod = podOf({ ...(restartPolicy && { restartPolicy }), [list]: [{ name: 'a', ...container }] })
    const [a] = pictureOf(pod, isInjected ? { [list]: ['a'] } : {}).containers
    expect(a).toMatchObject({ kind, end, profile: isInjected ? 'p' : undefined })
  })

  it('start one after another, and the last ones together', () => {
    const pod = podOf({
      initContainers: [{ name: 'a', ...sidecar }, { name: 'b' }],
      containers: [{ name: 'c' }, { name: 'd' }],
    })
    expect(pictureOf(pod).containers.map(({ name, step }) => `${step} ${name}`)).toEqual([
      '1 a',
      '2 b',
      '3 c',
      '3 d',
    ])
  })

  it('can be absent', () => {
    expect(podPicture({ spec: { containers: null as never } }).containers).toEqual([])
    expect(podPicture({}).containers).toEqual([])
  })
})

describe('the volumes of a picture', () => {
  const pod = podOf({
    initContainers: [
      { name: 'tail', ...sidecar, volumeMounts: [{ name: 'logs', mountPath: '/logs', readOnly: true }] },
    ],
    containers: [
      {
        name: 'app',
        volumeMounts: [
          { name: 'logs', mountPath: '/var/log/' },
          { name: 'own', mountPath: '/own', readOnly: false },
        ],
        volumeDevices: [{ name: 'disk', devicePath: '/dev/xvda' }],
      },
    ],
    volumes: [
      { name: 'own', configMap: { name: 'greeter' } },
      { name: 'logs', emptyDir: { medium: 'Memory' } },
      { name: 'disk', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'idle', emptyDir: {} },
    ],
  })
  const picture = pictureOf(pod, {
    initContainers: ['tail'],
    volumes: ['logs'],
    app: { app: { volumeMounts: ['/var/log'] } },
  })

  it('are those that somebody mounts, with their sources', () => {
    expect(picture.volumes).toEqual([
      { name: 'own', source: 'configMap greeter', profile: undefined },
      { name: 'logs', source: 'emptyDir in memory', profile: 'p' },
      { name: 'disk', source: 'persistentVolumeClaim data', profile: undefined },
    ])
  })

  it('say who mounts them where, whether read-only, and which mount was injected', () => {
    expect(picture.containers.map(({ mounts }) => mounts)).toEqual([
      [{ path: '/logs', volume: 'logs', isReadOnly: true, profile: 'p' }],
      [
        { path: '/var/log/', volume: 'logs', isReadOnly: false, profile: 'p' },
        { path: '/own', volume: 'own', isReadOnly: false, profile: undefined },
        { path: '/dev/xvda', volume: 'disk', isReadOnly: false, profile: undefined },
      ],
    ])
  })
})

describe('the ports of a picture', () => {
  const call = (
    caller: Partial<Container>,
    listener: Partial<Container> = { ports: [{ containerPort: 4318 }] },
  ) => {
    const pod = podOf({
      containers: [
        { name: 'app', ...caller },
        { name: 'collector', ...listener },
      ],
    })
    const [from, to] = pictureOf(pod, { app: { app: { env: ['INJECTED'] } } }).containers
    return {
      calls: from!.calls,
      listens: to!.ports.filter(({ isCalled }) => isCalled).map(({ port }) => port),
    }
  }
  const env = (name: string, value: string) => ({ env: [{ name, value }] })

  it.each([
    { why: 'a URL of localhost', caller: env('OTLP', 'http://localhost:4318/v1'), by: '$OTLP' },
    { why: 'an address', caller: env('OTLP', '127.0.0.1:4318'), by: '$OTLP' },
    { why: 'an address of IPv6', caller: env('OTLP', '[::1]:4318'), by: '$OTLP' },
    { why: 'the second of two', caller: env('ALL', 'localhost:1,localhost:4318'), by: '$ALL' },
    {
      why: 'a number if the name says that it is a port',
      caller: env('OTLP_PORT', '4318'),
      by: '$OTLP_PORT',
    },
    { why: 'an argument', caller: { args: ['--to=localhost:4318'] }, by: '--to' },
    {
      why: 'a port that only the configuration of the other has',
      caller: env('PROXY', 'http://localhost:13128'),
      listener: { args: ['--config', '{"port_value":13128}'] },
      by: '$PROXY',
      port: 13_128,
    },
  ])('are called by $why', ({ caller, listener, by, port = 4318 }) => {
    const { calls, listens } = call(caller, listener)
    expect(calls).toEqual([{ port, by: [by], profile: undefined }])
    expect(listens).toEqual([port])
  })

  it.each([
    { why: 'a number', caller: env('REPLICAS', '4318') },
    { why: 'another host', caller: env('OTLP', 'http://collector:4318') },
    { why: 'a script', caller: { args: ['sleep 1; curl localhost:4318'] } },
    { why: 'a port that nobody has', caller: env('OTLP', 'localhost:4319') },
    { why: 'its own port', caller: { ...env('SELF', 'localhost:4318'), ports: [{ containerPort: 4318 }] } },
    { why: 'a reference', caller: { env: [{ name: 'OTLP', valueFrom: {} }] } },
  ])('are not called by $why', ({ caller }) => {
    expect(call(caller)).toEqual({ calls: [], listens: [] })
  })

  it('are called once for several variables, and say whether one was injected', () => {
    const values = ['A', 'INJECTED'].map(name => ({ name, value: 'localhost:4318' }))
    expect(call({ env: values }).calls).toEqual([{ port: 4318, by: ['$A', '$INJECTED'], profile: 'p' }])
  })

  it('say who connects from outside', () => {
    const ports = [
      { containerPort: 1, name: 'health' },
      { containerPort: 2 },
      { containerPort: 3, hostPort: 80 },
    ]
    const probes = {
      readinessProbe: { httpGet: { port: 'health' } },
      livenessProbe: { tcpSocket: { port: 2 } },
    }
    const pod = podOf(
      { containers: [{ name: 'a', ports, ...probes }] },
      { annotations: { 'prometheus.io/port': '2' } },
    )
    expect(pictureOf(pod).containers[0]!.ports).toEqual([
      { port: 1, isCalled: false, outside: ['kubelet (probes)'] },
      { port: 2, isCalled: false, outside: ['Prometheus', 'kubelet (probes)'] },
      { port: 3, isCalled: false, outside: ['hostPort 80'] },
    ])
  })
})

describe('the requests of a picture', () => {
  const asking = (name: string, cpu: string, more: object = {}) => ({
    name,
    resources: { requests: { cpu } },
    ...more,
  })
  const cpuOf = (spec: Pod['spec'], injected: Readonly<Record<string, object>>) =>
    pictureOf(podOf(spec), injected).requests.map(({ amount, added }) => `${amount} ${added ?? '-'}`)

  it.each([
    {
      why: 'a native sidecar runs beside the app',
      spec: { initContainers: [asking('i', '20m', sidecar)], containers: [asking('app', '100m')] },
      shows: ['120m 20m'],
    },
    {
      why: 'an init container that needs less than the app adds nothing',
      spec: { initContainers: [asking('i', '20m')], containers: [asking('app', '100m')] },
      shows: ['100m -'],
    },
    {
      why: 'one that needs more adds the difference',
      spec: { initContainers: [asking('i', '150m')], containers: [asking('app', '100m')] },
      shows: ['150m 50m'],
    },
    {
      why: 'it runs beside the native sidecars before it',
      spec: {
        initContainers: [asking('own', '20m', sidecar), asking('i', '90m')],
        containers: [asking('app', '80m')],
      },
      shows: ['110m 10m'],
    },
    {
      why: 'and not beside those after it',
      spec: {
        initContainers: [asking('i', '90m'), asking('own', '20m', sidecar)],
        containers: [asking('app', '80m')],
      },
      shows: ['100m -'],
    },
    {
      why: 'a limit counts where there is no request',
      spec: {
        initContainers: [{ name: 'i', resources: { limits: { cpu: '1' } }, ...sidecar }],
        containers: [asking('app', '500m')],
      },
      shows: ['1500m 1'],
    },
    {
      why: 'the resources of the whole Pod win',
      spec: {
        resources: { requests: { cpu: '2' } },
        initContainers: [asking('i', '20m', sidecar)],
        containers: [asking('app', '100m')],
      },
      shows: ['2 -'],
    },
    { why: 'nothing requests nothing', spec: { containers: [{ name: 'app' }] }, shows: [] },
    {
      why: 'what is no quantity counts as nothing',
      spec: { containers: [asking('app', 'much')] },
      shows: [],
    },
  ])('add up as the scheduler does it: $why', ({ spec, shows }) => {
    expect(cpuOf(spec as Pod['spec'], { initContainers: ['i'] })).toEqual(shows)
  })

  it('begin with cpu and memory', () => {
    const requests = { 'example.com/gpu': '1', memory: '352Mi', 'ephemeral-storage': '1G', cpu: '1' }
    expect(pictureOf(podOf({ containers: [{ name: 'a', resources: { requests } }] })).requests).toEqual([
      { resource: 'cpu', amount: '1', added: undefined },
      { resource: 'memory', amount: '352Mi', added: undefined },
      { resource: 'ephemeral-storage', amount: '1G', added: undefined },
      { resource: 'example.com/gpu', amount: '1', added: undefined },
    ])
  })
})
