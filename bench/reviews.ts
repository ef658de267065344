import type { JsonObject } from '../src/json/json.ts'
import { admittedPod, type Wishes } from './pod.ts'

const one = { profiles: ['log-tail'] }

/** Pods by the size of their review as JSON, within 5 %. They ask for one profile if the name does not say more. */
export const pods = {
  '5 KB': { ...one, env: 9 },
  '50 KB': { ...one, containers: 10, env: 255 },
  '5 KB, five profiles': {
    env: 9,
    profiles: ['log-tail', 'work-dir', 'log-adapter', 'metrics-nginx', 'statsd'],
  },
} as const satisfies Readonly<Record<string, Wishes>>

/** The namespace of all Pods. A replica waits for one that it does not know. */
export const namespace = 'shop'

/** An AdmissionReview about a new Pod, as the API server sends it. */
export function reviewOf(wishes: Wishes): string {
  return textOf(admittedPod(wishes))
}

/** The same about a Pod as it is. */
export function textOf(pod: JsonObject): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '3c5f9ce8-6a33-4a8e-9f0e-5b1c1f2d3e4f',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '0f6f1c86-0d4e-4b5a-8a5e-3a7f0c1d2e3f',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=6e7a9d2c-52bb-4e0d-9d55-0f8f3c1a2b4d'] },
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  })
}
