import type { Pod, Strings } from '../../src/engine/pod.ts'
import { podOf, type Wishes } from './pod.ts'

/** By the size of their review as JSON, which is met within a twentieth, except that no real one is below 2.6 KB. */
export const sizes = {
  '2 KB': { managedFields: false },
  '5 KB': { env: 9 },
  '50 KB': { containers: 10, env: 255 },
  '1 MB': { containers: 250, env: 5_000 },
} as const satisfies Readonly<Record<string, Wishes>>

export type Size = keyof typeof sizes

/**
 * An AdmissionReview of that size, as an API server sends it, about a Pod that asks for these profiles, with the
 * annotations for their parameters.
 */
export function bodyOf(size: Size, profiles: readonly string[], annotations: Strings = {}): string {
  return reviewOf(podOf({ ...sizes[size], profiles, annotations }))
}

/** As an API server asks about a Pod that a ReplicaSet creates. */
export function reviewOf(pod: Pod): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '3c5f9ce8-6a33-4a8e-9f0e-5b1c1f2d3e4f',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
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
