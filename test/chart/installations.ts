import type { Rendering } from './helm.ts'
import { chart } from './helm.ts'

type Name = 'default' | 'ha' | 'openshift' | 'cert-manager-issuer' | 'least' | 'most'

/** Installations that differ in whatever the chart decides by. */
export const installations: Readonly<Record<Name, Rendering>> = {
  default: {},
  ha: { files: [`${chart}/values-ha.yaml`] },
  openshift: { files: [`${chart}/values-openshift.yaml`] },
  'cert-manager-issuer': {
    values: `
certificates:
  source: certManager
  certManager: { issuerRef: { name: company, kind: ClusterIssuer } }
`,
  },
  /** What can be left out is, and the certificate comes from somebody else. */
  least: {
    values: `
replicas: 1
hostNetwork: true
certificates:
  source: provided
  provided:
    secretName: our-certificate
    caBundle: |
      -----BEGIN CERTIFICATE-----
      MIIB
      -----END CERTIFICATE-----
podDisruptionBudget: { enabled: false }
catalog: { enabled: false }
crds: { enabled: false }
rbac: { aggregate: false, profileReaders: '' }
sweep: { enabled: false }
workloadWebhook: { enabled: false }
profiles: { writeLimit: { enabled: false } }
proveProfiles: false
tests: { enabled: false }
networkPolicy: { enabled: true }
`,
  },
  /** Every value that adds something, under a name and in a namespace of its own. */
  most: {
    release: 'sidecars',
    namespace: 'platform',
    files: [`${chart}/values-ha.yaml`],
    values: `
nameOverride: injector
serviceAccount: { name: injector, annotations: { team: platform } }
certificates: { source: certManager }
commonLabels: { team: platform }
image:
  registry: registry.example.com
  repository: team/pillion
  digest: sha256:${'0'.repeat(64)}
  pullPolicy: Always
imagePullSecrets: [{ name: registry }]
autoscaling: { enabled: true }
podDisruptionBudget: { minAvailable: 50% }
updateStrategy: { maxSurge: 50%, maxUnavailable: 0 }
podLabels: { tier: control }
podAnnotations: { note: "true" }
priorityClassName: system-cluster-critical
nodeSelector: { pool: system }
tolerations: [{ key: system, operator: Exists, effect: NoSchedule }]
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms: [{ matchExpressions: [{ key: arch, operator: In, values: [amd64] }] }]
dnsPolicy: ClusterFirst
ports: { https: 9443, metrics: 9091 }
extraArgs: [--reload-interval-ms=5000]
extraEnv: [{ name: NODE_EXTRA_CA_CERTS, value: /ca/ca.crt }]
extraVolumes: [{ name: ca, configMap: { name: ca } }]
extraVolumeMounts: [{ name: ca, mountPath: /ca, readOnly: true }]
service: { annotations: { note: "true" }, ipFamilyPolicy: PreferDualStack }
logLevel: debug
drainDelaySeconds: 20
excludedNamespaces: [kube-public, kube-system]
sweep: { intervalSeconds: 60, evict: missed, evictionsPerMinute: 5 }
rollout: { enabled: true, parallelPods: 20, podsPerMinute: 100 }
strictPolicy: { enabled: true }
webhook:
  failurePolicy: Fail
  timeoutSeconds: 10
  reinvocationPolicy: Never
  matchConditions: [{ name: not-nodes, expression: "!('system:nodes' in request.userInfo.groups)" }]
  namespaceSelector:
    matchLabels: { zone: inside }
    matchExpressions: [{ key: tenant, operator: Exists }]
  objectSelector: { matchLabels: { app: web } }
  annotations: { note: "true" }
  clientCA: { secretName: callers }
profileWebhook: { failurePolicy: Fail, timeoutSeconds: 10 }
crds: { deleteOnUninstall: true }
catalog:
  log-tail:
    parameters: { path: /var/log/web, user: 1000, memory: 64Mi, image: registry.example.com/busybox:1.37 }
  work-dir:
    parameters: { image: registry.example.com/busybox:1.37, copy: true }
  wait-for: { enabled: false }
monitoring:
  serviceMonitor:
    enabled: true
    labels: { release: prometheus }
    metricRelabelings: [{ action: labeldrop, regex: instance }]
  prometheusRule:
    enabled: true
    alertLabels: { team: platform }
    disabled: [PillionDenials]
    latencySeconds: 0.25
  dashboard: { enabled: true, annotations: { grafana_folder: Kubernetes } }
networkPolicy:
  enabled: true
  dnsPorts: [53, 5353]
  dnsTo: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } } }]
  metricsFrom: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } } }]
  webhookFrom: [{ ipBlock: { cidr: 10.0.0.0/24 } }]
  apiServerTo: [{ ipBlock: { cidr: 10.0.0.1/32 } }]
flowSchema: { enabled: true }
`,
  },
}
