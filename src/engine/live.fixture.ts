import { isObject, type JsonObject } from '../json/json.ts'
import { withRequests } from './original/same.ts'
import type { Pod } from './pod.ts'

/** As the API server, the scheduler and the kubelet leave it. */
export function live(pod: Pod): Pod {
  const { metadata, spec } = pod
  const token = { name: 'kube-api-access-x7k2p', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }
  const running = (all: readonly JsonObject[] = []) =>
    all.map(each => ({
      ...each,
      ...(isObject(each['resources']) && { resources: withRequests(each['resources']) }),
      terminationMessagePath: '/dev/termination-log',
      imagePullPolicy: 'IfNotPresent',
      volumeMounts: [...((each['volumeMounts'] as JsonObject[] | undefined) ?? []), token],
    }))
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: 'cart-',
      name: 'cart-6d4f7-x2k9p',
      uid: '0b6f',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      ...spec,
      nodeName: 'worker-1',
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
      containers: running(spec?.containers),
      ...(spec?.initContainers && { initContainers: running(spec.initContainers) }),
      volumes: [...(spec?.volumes ?? []), { name: token.name, projected: {} }],
    },
    status: { phase: 'Running' },
  } as unknown as Pod
}
