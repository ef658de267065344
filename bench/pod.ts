import type { JsonObject } from '../src/json/json.ts'
import { managedFieldsOf } from './managed-fields.ts'

export interface Wishes {
  /** The profiles that the Pod asks for. It does not opt in without them. */
  readonly profiles?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  /** Default: 1. */
  readonly containers?: number
  /** Environment variables, spread over all containers. Default: 0. */
  readonly env?: number
}

/** A Pod as a ReplicaSet creates it. */
export function writtenPod(wishes: Wishes = {}) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: metadataOf(wishes), spec: specOf(wishes) }
}

/**
 * A Pod as the API server shows it to a webhook: with the defaults, what the admission plugins before the
 * webhooks add, and managedFields of everything that the ReplicaSet wrote.
 */
export function admittedPod(wishes: Wishes = {}): JsonObject {
  const { metadata, spec, ...written } = writtenPod(wishes)
  const managed = {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-11-24T20:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: managedFieldsOf({ metadata, spec }),
  }
  return {
    ...written,
    metadata: { ...metadata, creationTimestamp: null, managedFields: [managed] },
    spec: admitted(spec),
    status: {},
  }
}

function metadataOf({ profiles, annotations }: Wishes) {
  return {
    generateName: 'web-6d4cf56db6-',
    labels: { app: 'web', 'pod-template-hash': '6d4cf56db6' },
    annotations: { ...(profiles && { 'pillion.dev/inject': profiles.join(', ') }), ...annotations },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-6d4cf56db6',
        uid: '5a1f36c5-5a3c-4d3f-9b0c-0f2f3f4f5f6f',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
}

function specOf({ containers = 1, env = 0 }: Wishes) {
  return {
    containers: Array.from({ length: containers }, (_, at) => {
      const [from, to] = [Math.floor((env * at) / containers), Math.floor((env * (at + 1)) / containers)]
      return containerOf(at, to - from)
    }),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  }
}

function containerOf(at: number, env: number): JsonObject {
  const port = 8_080 + at
  return {
    name: at === 0 ? 'web' : `web-${at}`,
    image: `registry.example.com/shop/web:1.${at}.0`,
    ports: [{ name: `http-${at}`, containerPort: port, protocol: 'TCP' }],
    ...(env > 0 && { env: Array.from({ length: env }, (_, number) => variable(number)) }),
    resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    readinessProbe: {
      httpGet: { path: '/healthz', port, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  }
}

function variable(number: number): JsonObject {
  return { name: `SETTING_${number}`, value: `https://service-${number}.shop.svc.cluster.local/api/v1` }
}

/** What the plugins ServiceAccount, DefaultTolerationSeconds and Priority add before the first webhook. */
function admitted(spec: ReturnType<typeof specOf>): JsonObject {
  const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
  const volumeMounts = [{ name: tokenVolume.name, readOnly: true, mountPath }]
  return {
    volumes: [tokenVolume],
    ...spec,
    containers: spec.containers.map(container => ({ ...container, volumeMounts })),
    serviceAccountName: 'default',
    serviceAccount: 'default',
    tolerations: ['not-ready', 'unreachable'].map(taint => ({
      key: `node.kubernetes.io/${taint}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  }
}

const tokenVolume = {
  name: 'kube-api-access-7xk2p',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
}
