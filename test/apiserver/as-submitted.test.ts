import { beforeAll, expect, it } from 'vitest'
import {
  cluster as anyCluster,
  apply,
  container,
  namespace,
  podAsking,
  profilesOf,
} from '../../src/engine/decide.fixture.ts'
import { decide } from '../../src/engine/decide.ts'
import { planForOriginal } from '../../src/engine/original/original-pod.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { resolve } from '../../src/engine/resolve/resolve.ts'
import { statusOf } from '../../src/engine/status/status.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { askingFor, catalog } from '../catalog-asking.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'

const cluster = { ...anyCluster, kubernetesVersion }

/** Fields that the API server writes in its own way, or completes. */
const odd = profilesOf({
  odd: {
    lifecycle: 'regular',
    volumes: [
      { name: 'bare' },
      { name: 'sized', emptyDir: { sizeLimit: '1024Mi' } },
      { name: 'node', hostPath: { path: '/' } },
      { name: 'config', configMap: { name: 'x' } },
      { name: 'secret', secret: { secretName: 'x' } },
      {
        name: 'token',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          ],
        },
      },
      {
        name: 'claim',
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2048Mi' } } },
          },
        },
      },
      { name: 'iscsi', iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
    ],
    containers: [
      container('side', {
        image: 'example/side',
        ports: [{ containerPort: 9000 }],
        env: [
          { name: 'EMPTY', value: '' },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1000m' } } },
        ],
        resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
        readinessProbe: { httpGet: { port: 9000 } },
        livenessProbe: { grpc: { port: 9000 } },
        startupProbe: { tcpSocket: { port: 9000 }, periodSeconds: 3 },
        lifecycle: { preStop: { httpGet: { port: 9000, path: '/stop' } } },
        securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'sized', mountPath: '/sized', readOnly: false }],
      }),
    ],
    initContainers: [container('seed', { resources: { requests: { cpu: '0.5' }, limits: { cpu: 1 } } })],
    appContainers: [
      {
        select: 'all',
        env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        envFrom: [{ configMapRef: { name: 'x' } }],
        volumeMounts: [{ name: 'sized', mountPath: '/sized/' }],
      },
    ],
    pod: {
      labels: { odd: 'yes' },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['x'] }],
      dnsConfig: { searches: ['x'], options: [{ name: 'ndots', value: '2' }] },
      tolerations: [
        { key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'spot', value: 'yes', effect: 'NoExecute' },
      ],
      runtimeClassName: 'odd',
      securityContext: { fsGroup: '$(size(pod.spec.containers) + 2000)' },
      terminationGracePeriodSeconds: 90,
    },
  },
})

describeWithApiServer('what the API server made of an injected Pod', server => {
  beforeAll(async () => {
    await server().createNamespace(namespace.name)
    await server().request('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'odd' },
      handler: 'odd',
    })
  })

  it.each([
    ...catalog.all.map(profile => ({ name: profile.name, asking: askingFor(profile), all: catalog })),
    { name: 'odd', asking: { 'pillion.dev/inject': 'odd' }, all: odd as Profiles },
  ])('is told from what its author wrote: $name', async ({ name, asking, all }) => {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', ...podAsking(name, defaulted, asking) }
    const subject = { pod, namespace, operation: 'CREATE' } as const
    const { outcome, patch, message } = decide(subject, all, cluster)
    expect(outcome, message).toBe('injected')
    const [bare, injected] = [await stored(pod), await stored(apply(pod, patch))]
    const wanted = [all.find(name, namespace.name)!].map(profile => ({
      profile,
      ...resolve(profile, subject),
    }))
    const seen = planForOriginal(wanted, { ...subject, pod: injected }, cluster, statusOf(injected)).pod
    expect(content(seen)).toEqual(content(bare))
    expect(decide({ ...subject, pod: injected }, all, cluster)).toMatchObject({ outcome: 'unchanged' })
  })

  it('has what a profile gives to the Pod as a whole', async () => {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', ...podAsking('odd', defaulted) }
    const { patch } = decide({ pod, namespace, operation: 'CREATE' }, odd, cluster)
    const { spec } = await stored(apply(pod, patch))
    expect(spec).toMatchObject({
      runtimeClassName: 'odd',
      securityContext: { fsGroup: 2001 },
      terminationGracePeriodSeconds: 90,
      tolerations: expect.arrayContaining([
        { key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'spot', value: 'yes', effect: 'NoExecute' },
      ]),
    })
  })

  /** As it would be stored, and submitted again. */
  async function stored(pod: Pod): Promise<Pod> {
    const path = `/api/v1/namespaces/${namespace.name}/pods?dryRun=All`
    const { status, body } = await server().request<Pod>('POST', path, pod)
    expect(status, JSON.stringify(body)).toBe(201)
    return body
  }
})

/** What the API server writes into each Pod before it calls Pillion, and a profile may change. */
const defaulted = { securityContext: {}, terminationGracePeriodSeconds: 30 }

/** The ServiceAccount plugin gives its volume a random name. */
function content({ metadata = {}, spec }: Pod): unknown {
  const { name, labels, annotations } = metadata
  const text = JSON.stringify({ name, labels, annotations, spec })
  return JSON.parse(text.replace(/kube-api-access-\w+/g, 'kube-api-access'))
}
