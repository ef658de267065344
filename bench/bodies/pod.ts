import { annotation, type Container, type Pod, type Strings } from '../../src/engine/pod.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { managedFieldsOf } from './managed-fields.ts'

export interface Wishes {
  /** Profiles that it asks for; none when absent. */
  readonly profiles?: readonly string[]
  /** Further annotations, of whatever size. */
  readonly annotations?: Strings
  /** One when absent. */
  readonly containers?: number
  /** Variables of all containers together, as evenly as possible; none when absent. */
  readonly env?: number
  /** Whether it has them, as every Pod that reaches a webhook does since Kubernetes 1.18; true when absent. */
  readonly managedFields?: boolean
}

/**
 * A Pod as an API server shows it to a webhook: of a ReplicaSet, with the defaults filled in, with what the
 * admission plugins before the webhooks have put in, and with managedFields of all that the ReplicaSet wrote.
 */
export function podOf(wishes: Wishes = {}): Pod {
  const written = { metadata: metadataOf(wishes), spec: specOf(wishes) }
  const managedFields = [
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-11-24T20:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: managedFieldsOf(written),
    },
  ]
  const { managedFields: hasManagedFields = true } = wishes
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { ...written.metadata, ...(hasManagedFields && { managedFields }) },
    spec: admitted(written.spec),
    status: {},
  }
}

function metadataOf({ profiles, annotations }: Wishes) {
  return {
    generateName: 'web-6d4cf56db6-',
    creationTimestamp: null,
    labels: { app: 'web', 'pod-template-hash': '6d4cf56db6' },
    annotations: { ...(profiles && { [annotation.inject]: profiles.join(', ') }), ...annotations },
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

function containerOf(at: number, env: number): Container {
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

function variable(number: number) {
  return { name: `SETTING_${number}`, value: `https://service-${number}.shop.svc.cluster.local/api/v1` }
}

/** What the plugins ServiceAccount, DefaultTolerationSeconds and Priority add, before any webhook is called. */
function admitted<Spec extends { readonly containers: readonly Container[] }>(spec: Spec) {
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
} satisfies JsonObject & { readonly name: string }
