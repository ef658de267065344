import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import {
  apply,
  container,
  decideOn,
  injectInto,
  podAsking,
  podOf,
  profilesOf,
  withStatus,
} from '../decide.fixture.ts'
import { annotation, type Pod } from '../pod.ts'

/** A profile that gives something in every place where it can. */
const mesh = (requires: Json, more: JsonObject = {}) =>
  profilesOf({
    mesh: {
      requires,
      lifecycle: 'regular',
      volumes: [{ name: 'certs', emptyDir: {} }],
      containers: [container('proxy', { env: [{ name: 'POD', value: '$(pod.metadata.name)' }] })],
      initContainers: [container('route')],
      appContainers: [
        {
          select: 'all',
          env: [{ name: 'PROXY', value: 'http://localhost:15001' }],
          envFrom: [{ configMapRef: { name: 'mesh' } }],
          volumeMounts: [{ name: 'certs', mountPath: '/certs' }],
        },
      ],
      pod: {
        labels: { mesh: 'on' },
        annotations: { 'mesh/port': '15001' },
        imagePullSecrets: [{ name: 'registry' }],
        hostAliases: [{ ip: '10.1.1.1', hostnames: ['control'] }],
        shareProcessNamespace: false,
        dnsConfig: { searches: ['mesh.local'] },
      },
      ...more,
    },
  })

const refused = (expression: string) => [{ expression, message: 'not allowed' }]
const claim = (injected: object) => ({ profiles: { mesh: { revision: '0', ...injected } } })
const app = (fields: JsonObject) => ({ containers: [container('app', fields)] })

describe('a status that claims something of the author does not hide it from `requires`', () => {
  it.each<{ what: string; spec?: JsonObject; metadata?: JsonObject; claims: object; expression: string }>([
    {
      what: "a mount of the node's sockets",
      spec: {
        ...app({ volumeMounts: [{ name: 'run', mountPath: '/var/run/containerd' }] }),
        volumes: [{ name: 'run', hostPath: { path: '/run/containerd' } }],
      },
      claims: { volumes: ['run'], app: { app: { volumeMounts: ['/var/run/containerd'] } } },
      expression: '!app.?volumeMounts.orValue([]).exists(m, m.mountPath.startsWith("/var/run"))',
    },
    {
      what: 'a source of variables',
      spec: app({ envFrom: [{ secretRef: { name: 'root-token' } }] }),
      claims: { app: { app: { envFrom: ['secret/root-token'] } } },
      expression: '!app.?envFrom.orValue([]).exists(s, has(s.secretRef))',
    },
    {
      what: 'a variable of the same name with another value',
      spec: app({ env: [{ name: 'PROXY', value: 'http://elsewhere' }] }),
      claims: { app: { app: { env: ['PROXY'] } } },
      expression: '!has(app.env)',
    },
    {
      what: 'a variable that is there twice, once as the profile gives it',
      spec: app({
        env: [
          { name: 'PROXY', value: 'http://localhost:15001' },
          { name: 'PROXY', value: 'http://elsewhere' },
        ],
      }),
      claims: { app: { app: { env: ['PROXY'] } } },
      expression: '!has(app.env)',
    },
    {
      what: 'a mount of another volume at the same path',
      spec: app({ volumeMounts: [{ name: 'certs', mountPath: '/certs', subPath: 'stolen' }] }),
      claims: { app: { app: { volumeMounts: ['/certs'] } } },
      expression: '!has(app.volumeMounts)',
    },
    {
      what: 'a label of the same key',
      metadata: { labels: { mesh: 'off' } },
      claims: { labels: ['mesh'] },
      expression: 'pod.metadata.?labels.?mesh != optional.of("off")',
    },
    {
      what: 'an annotation of the same key',
      metadata: { annotations: { [annotation.inject]: 'mesh', 'mesh/port': '1' } },
      claims: { annotations: ['mesh/port'] },
      expression: '!("mesh/port" in pod.metadata.annotations)',
    },
    {
      what: 'another DNS configuration',
      spec: { dnsConfig: { nameservers: ['203.0.113.9'] } },
      claims: { dnsConfig: true },
      expression: '!has(pod.spec.dnsConfig)',
    },
    {
      what: 'a shared process namespace where the profile wants none',
      spec: { shareProcessNamespace: true },
      claims: { shareProcessNamespace: true },
      expression: '!pod.spec.?shareProcessNamespace.orValue(false)',
    },
    {
      what: 'a pull secret with more than a name',
      spec: { imagePullSecrets: [{ name: 'registry', namespace: 'admin' }] },
      claims: { imagePullSecrets: ['registry'] },
      expression: '!has(pod.spec.imagePullSecrets)',
    },
    {
      what: 'an alias of the same address for other names',
      spec: { hostAliases: [{ ip: '10.1.1.1', hostnames: ['bank.example'] }] },
      claims: { hostAliases: ['10.1.1.1'] },
      expression: '!has(pod.spec.hostAliases)',
    },
    {
      what: 'a volume of the same name with another source',
      spec: { volumes: [{ name: 'certs', emptyDir: { medium: 'Memory' } }] },
      claims: { volumes: ['certs'] },
      expression: '!has(pod.spec.volumes)',
    },
    {
      what: 'the default container',
      metadata: {
        annotations: { [annotation.inject]: 'mesh', [annotation.defaultContainer]: 'other' },
      },
      claims: {},
      expression: `!("${annotation.defaultContainer}" in pod.metadata.annotations)`,
    },
  ])('$what', ({ spec = {}, metadata = {}, claims, expression }) => {
    const pod = podOf(spec, { annotations: { [annotation.inject]: 'mesh' }, ...metadata })
    const profiles = mesh(refused(expression))
    const honest = decideOn(pod, profiles)
    expect(honest).toMatchObject({ outcome: 'denied', reason: 'RequirementNotMet' })
    const forged = decideOn(withStatus(pod, { ...claim(claims), defaultContainer: true }), profiles)
    expect(forged).toEqual(honest)
  })

  it.each<{ what: string; extra: JsonObject; expression: string }>([
    {
      what: 'that is privileged',
      extra: { securityContext: { privileged: true } },
      expression: '!pod.spec.containers.exists(c, c.?securityContext.?privileged.orValue(false))',
    },
    {
      what: 'with one more capability',
      extra: { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
      expression: '!pod.spec.containers.exists(c, has(c.securityContext))',
    },
    {
      what: 'with one more mount',
      extra: { volumeMounts: [{ name: 'run', mountPath: '/run' }] },
      expression: '!pod.spec.containers.exists(c, has(c.volumeMounts))',
    },
    {
      what: 'with one more port',
      extra: { ports: [{ containerPort: 22, hostPort: 22 }] },
      expression: '!pod.spec.containers.exists(c, has(c.ports))',
    },
    {
      what: 'with a source of variables',
      extra: { envFrom: [{ secretRef: { name: 'root-token' } }] },
      expression: '!pod.spec.containers.exists(c, has(c.envFrom))',
    },
    {
      what: 'from another registry',
      extra: { image: 'evil.example/example/proxy:1' },
      expression: 'pod.spec.containers.all(c, !c.image.startsWith("evil.example/"))',
    },
    {
      what: 'with resources of its own',
      extra: { resources: { limits: { cpu: '64' } } },
      expression: 'pod.spec.containers.all(c, !has(c.resources))',
    },
    {
      what: 'whose policy is never to pull',
      extra: { imagePullPolicy: 'Never' },
      expression: 'pod.spec.containers.all(c, !has(c.imagePullPolicy))',
    },
  ])("a container of the sidecar's name $what", ({ extra, expression }) => {
    const injected = injectInto(podAsking('mesh'), mesh([]))
    const containers = (injected.spec?.containers ?? []).map(one =>
      one.name === 'proxy' ? { ...one, ...extra } : one,
    )
    const tampered: Pod = { ...injected, spec: { ...injected.spec, containers } }
    const profiles = mesh(refused(expression))
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged' })
    expect(decideOn(tampered, profiles)).toMatchObject({ reason: 'RequirementNotMet' })
  })

  it('of another profile, which leaves the Pod out', () => {
    const profiles = profilesOf({
      debug: {
        requires: [{ expression: 'false', message: 'not here', otherwise: 'skip' }],
        volumes: [{ name: 'node', hostPath: { path: '/' } }],
      },
      mesh: { requires: refused('!has(pod.spec.volumes)'), containers: [container('proxy')] },
    })
    const pod = podAsking('debug,mesh', { volumes: [{ name: 'node', hostPath: { path: '/' } }] })
    const forged = withStatus(pod, { profiles: { debug: { revision: '0', volumes: ['node'] } } })
    expect(decideOn(pod, profiles)).toMatchObject({ reason: 'RequirementNotMet' })
    expect(decideOn(forged, profiles)).toEqual(decideOn(pod, profiles))
  })

  it('that would be given only to the Pod without something else that is claimed', () => {
    const quiet = '!pod.spec.?volumes.orValue([]).exists(v, has(v.hostPath))'
    const profiles = profilesOf({
      mesh: {
        lifecycle: 'regular',
        requires: refused('!pod.spec.containers.exists(c, c.?securityContext.?privileged.orValue(false))'),
        containers: [container('proxy', { securityContext: { privileged: `$(${quiet})` } })],
      },
    })
    const pod = podAsking('mesh', {
      containers: [container('app'), container('proxy', { securityContext: { privileged: true } })],
      volumes: [{ name: 'node', hostPath: { path: '/' } }],
    })
    const forged = withStatus(pod, claim({ containers: ['proxy'], volumes: ['node'] }))
    expect(decideOn(forged, profiles)).toMatchObject({ reason: 'RequirementNotMet' })
  })
})

it('a claim that a profile raised a number is believed only if that profile gives this number', () => {
  const requires = refused('pod.spec.?terminationGracePeriodSeconds.orValue(30) < 60')
  const raising = (seconds: number) =>
    profilesOf({
      mesh: { requires, pod: { terminationGracePeriodSeconds: seconds } },
      other: { pod: { terminationGracePeriodSeconds: 300 } },
    })
  const pod = podAsking('mesh,other', { terminationGracePeriodSeconds: 300 })
  const forged = withStatus(pod, claim({ terminationGracePeriodSeconds: 5 }))
  expect(decideOn(forged, raising(300)).outcome).not.toBe('denied')
  expect(decideOn(forged, raising(90))).toMatchObject({ reason: 'RequirementNotMet' })
})

it('ports of the node count as given only on the network of the node', () => {
  const profiles = profilesOf({
    mesh: {
      lifecycle: 'regular',
      requires: refused('size(pod.spec.containers) == 1'),
      containers: [container('proxy', { ports: [{ containerPort: 15001 }] })],
    },
  })
  const stored = (hostNetwork: boolean): Pod => {
    const { spec, ...pod } = injectInto(podAsking('mesh', { hostNetwork }), profiles)
    const containers = spec?.containers?.map(one =>
      one.name === 'proxy' ? { ...one, ports: [{ containerPort: 15001, hostPort: 15001 }] } : one,
    )
    return { ...pod, spec: { ...spec, ...(containers && { containers }) } }
  }
  expect(decideOn(stored(true), profiles)).toMatchObject({ outcome: 'unchanged' })
  expect(decideOn(stored(false), profiles)).toMatchObject({ reason: 'RequirementNotMet' })
})

it('a claim of the default container, beside which nothing is added, does not hide its annotation from `requires`', () => {
  const profiles = profilesOf({
    mesh: { requires: refused('size(pod.metadata.annotations) < 2'), pod: { labels: { mesh: 'on' } } },
  })
  const { metadata, ...pod } = podAsking('mesh')
  const annotations = { ...metadata?.annotations, [annotation.defaultContainer]: 'app' }
  const own: Pod = { ...pod, metadata: { ...metadata, annotations, labels: { mesh: 'on' } } }
  expect(decideOn(own, profiles)).toMatchObject({ reason: 'RequirementNotMet' })
  const forged = withStatus(own, { ...claim({}), defaultContainer: true })
  expect(decideOn(forged, profiles)).toMatchObject({ reason: 'RequirementNotMet' })
})

describe('what the profile does give stays hidden from its own expressions', () => {
  const nothing =
    '!has(pod.spec.volumes) && !has(pod.spec.initContainers) && size(pod.spec.containers) == 1 && !has(app.env) && !has(app.envFrom) && !has(app.volumeMounts) && !has(pod.metadata.labels) && size(pod.metadata.annotations) == 1 && !has(pod.spec.imagePullSecrets) && !has(pod.spec.hostAliases) && !has(pod.spec.shareProcessNamespace) && !has(pod.spec.dnsConfig)'
  const profiles = mesh(refused(nothing))
  const injected = injectInto(podAsking('mesh'), profiles)

  it('when the API server calls again', () => {
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('when the API server has put its defaults into it', () => {
    const defaulted = (injected.spec?.containers ?? []).map(one => ({
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
      ...one,
      resources: {},
    }))
    const seen: Pod = { ...injected, spec: { ...injected.spec, containers: defaulted } }
    expect(decideOn(seen, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('when a part of it got lost', () => {
    const { labels: _, ...metadata } = injected.metadata ?? {}
    const { dnsConfig: __, volumes: ___, ...spec } = injected.spec ?? {}
    const completed = injectInto({ metadata, spec } as Pod, profiles)
    expect(completed.spec?.volumes).toEqual(injected.spec?.volumes)
    expect(completed.metadata?.labels).toEqual(injected.metadata?.labels)
  })

  it('when the annotation is garbage, or there is none, only what stands in the Pod counts', () => {
    const bare = podAsking('mesh')
    for (const text of ['garbage', '{', '[]', '{"profiles":[]}', `{"profiles":{"mesh":{"revision":"0"}}}`]) {
      const { patch } = decideOn(withStatus(bare, text), profiles)
      expect(apply(withStatus(bare, text), patch)).toEqual(injected)
    }
  })
})
