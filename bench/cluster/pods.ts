import type { JsonObject } from '../../src/json/json.ts'

/** The label with which a Pod opts in where an `objectSelector` decides. */
export const optIn = { 'pillion.dev/inject': 'true' }

/** A Pod as a Deployment's ReplicaSet has it made, of 3 KB, in JSON; each creation of it gets a name of its own. */
export type PodText = string

/** Asks in both ways: by annotation, and with the label. */
export function askingPod(): PodText {
  return podWith({ annotations: { 'pillion.dev/inject': 'log-tail' }, labels: optIn })
}

export function silentPod(): PodText {
  return podWith({})
}

function podWith({ annotations = {}, labels = {} }: Readonly<Record<string, JsonObject>>): PodText {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'web-6d4cf56db6-',
      labels: { 'app.kubernetes.io/name': 'web', 'pod-template-hash': '6d4cf56db6', ...labels },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', ...annotations },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-6d4cf56db6',
          uid: '7f0c3c63-95c0-4d1c-9a3e-5d4b8f0f0c11',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { containers: [web, proxy], volumes: [{ name: 'cache', emptyDir: {} }] },
  })
}

const web = {
  name: 'web',
  image: 'registry.example/shop/web:4.11.2',
  ports: [{ name: 'http', containerPort: 8080 }],
  env: Array.from({ length: 20 }, (_, at) => ({
    name: `SETTING_${at}`,
    value: `http://service-${at}.shop.svc:8080`,
  })),
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
  livenessProbe: { httpGet: { path: '/healthy', port: 'http' }, periodSeconds: 10 },
  volumeMounts: [{ name: 'cache', mountPath: '/var/cache/web' }],
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}

const proxy = {
  name: 'proxy',
  image: 'registry.example/shop/proxy:1.29.1',
  args: ['--upstream=http://127.0.0.1:8080', '--listen=:8443'],
  ports: [{ name: 'https', containerPort: 8443 }],
  resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '64Mi' } },
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}
