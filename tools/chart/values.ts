import { type TSchema, Type } from 'typebox'
import type { LogLevel } from '../../src/server/options.ts'
import {
  choice,
  countOrShare,
  duration,
  flag,
  group,
  list,
  map,
  matching,
  name,
  object,
  resources,
  text,
  whole,
} from './declare.ts'
import { monitoring } from './monitoring-values.ts'

const logLevels = [
  'info',
  'fatal',
  'error',
  'warn',
  'debug',
  'trace',
  'silent',
] as const satisfies readonly LogLevel[]

// https://pkg.go.dev/time#ParseDuration
const goUnits = ['h', 'm', 's']

/**
 * The values of the chart, with the type, default and description of each. Those of the catalog come from its profiles.
 * values.yaml, values.schema.json and the table in the chart's README are generated from this table.
 */
export const values = {
  nameOverride: name('', 'Name that replaces the name of the chart in the names of objects.'),
  fullnameOverride: name('', 'Name of all objects. When empty, it is made from the release and the chart.'),
  commonLabels: map({}, 'Labels of every object.'),

  image: group('Image of the replicas, of the hooks and of `helm test`.', {
    registry: matching('^[A-Za-z0-9.:/_-]*$', '', 'Registry, for example `registry.example.com`.'),
    repository: matching(
      '^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?$',
      'pillion',
      'Repository, without registry and tag.',
    ),
    tag: matching(
      '^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$',
      '',
      'Tag. When empty, the `appVersion` of the chart.',
    ),
    digest: Type.String({
      pattern: '^(sha256:[0-9a-f]{64})?$',
      default: '',
      description:
        'Digest, `sha256:…`. When set, the image is pulled by it, and the tag is only information.',
    }),
    pullPolicy: choice(['IfNotPresent', 'Always', 'Never'], 'Image pull policy.'),
  }),
  imagePullSecrets: list([], 'Image pull secrets of all Pods: `[{ name: … }]`.'),

  replicas: whole(2, 'Number of replicas. Ignored when autoscaling is enabled.', 0, 50),
  autoscaling: group('HorizontalPodAutoscaler of the replicas. It needs the metrics API (metrics-server).', {
    enabled: flag(false, 'Whether the chart creates a HorizontalPodAutoscaler.'),
    minReplicas: whole(2, 'Minimum number of replicas.', 1, 50),
    maxReplicas: whole(6, 'Maximum number of replicas.', 1, 50),
    targetCPUUtilizationPercentage: whole(
      70,
      'Target CPU usage, in percent of `resources.requests.cpu`.',
      1,
      1000,
    ),
  }),
  podDisruptionBudget: group(
    'PodDisruptionBudget: how many replicas a drain of nodes may stop at the same time.',
    {
      enabled: flag(true, 'Whether the chart creates a PodDisruptionBudget.'),
      maxUnavailable: countOrShare(
        1,
        'Maximum number or percentage of replicas that are unavailable. Ignored when `minAvailable` is set.',
      ),
      minAvailable: countOrShare(
        '',
        'Minimum number or percentage of replicas that are available. Replaces `maxUnavailable`.',
      ),
    },
  ),
  updateStrategy: group(
    'Update strategy of the Deployment. By default a new replica is ready before an old one stops.',
    {
      maxSurge: countOrShare(1, 'Maximum number or percentage of additional replicas during an update.'),
      maxUnavailable: countOrShare(
        0,
        'Maximum number or percentage of unavailable replicas during an update.',
      ),
    },
  ),

  podLabels: map({}, 'Labels of the replicas.'),
  podAnnotations: map({}, 'Annotations of the replicas.'),
  priorityClassName: name(
    '',
    'Priority class of the replicas. With `system-cluster-critical` they are not evicted when a node is full.',
  ),
  nodeSelector: map({ 'kubernetes.io/os': 'linux' }, 'Node selector of all Pods.'),
  tolerations: list([], 'Tolerations of all Pods.'),
  affinity: object({}, 'Affinity of the replicas. When empty, they prefer different zones.'),
  topologySpreadConstraints: list(
    [],
    'Topology spread constraints of the replicas. When empty, the replicas are spread over nodes if possible.',
  ),
  resources: resources(
    { requests: { cpu: '50m', memory: '160Mi' }, limits: { memory: '384Mi' } },
    'Resources of a replica. The memory limit must be at least 256Mi, and more with thousands of profiles or namespaces.',
  ),
  podSecurityContext: object(
    { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    'Security context of all Pods.',
  ),
  securityContext: object(
    { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    'Security context of all containers.',
  ),
  hostNetwork: flag(
    false,
    'Whether replicas use the network of their node. Needed where the API server cannot reach Pods.',
  ),
  dnsPolicy: text(
    '',
    'DNS policy of the replicas. When empty, `ClusterFirstWithHostNet` with `hostNetwork`, otherwise the default of Kubernetes.',
  ),
  ports: group('Ports of a replica.', {
    https: whole(8443, 'Port of the webhooks.', 1, 65_535),
    metrics: whole(9090, 'Port of `/metrics` and of the probes.', 1, 65_535),
  }),
  extraArgs: list(
    [],
    'Additional flags of `pillion serve`, for example `--reload-interval-ms=5000`.',
    Type.String(),
  ),
  extraEnv: list([], 'Additional environment variables of the replicas: `[{ name: …, value: … }]`.'),
  extraVolumes: list([], 'Additional volumes of the replicas.'),
  extraVolumeMounts: list([], 'Additional volume mounts of the replicas.'),

  service: group('Service that the API server and Prometheus call.', {
    annotations: map({}, 'Annotations of the Service.'),
    ipFamilyPolicy: text(
      '',
      'IP family policy, for example `PreferDualStack`. When empty, the default of the cluster.',
    ),
  }),
  serviceAccount: group('ServiceAccount of the replicas.', {
    create: flag(true, 'Whether the chart creates the ServiceAccount.'),
    name: name('', 'Name of the ServiceAccount. When empty, the name of all objects.'),
    annotations: map({}, 'Annotations of the ServiceAccount.'),
  }),
  rbac: group('Permissions.', {
    create: flag(true, 'Whether the chart creates the roles and role bindings of the replicas.'),
    aggregate: flag(
      true,
      'Whether the roles `view`, `edit` and `admin` get permissions for SidecarProfiles.',
    ),
    profileReaders: text(
      'system:authenticated',
      'Group whose members may read ClusterSidecarProfiles, as every user may read StorageClasses. When empty, the chart gives nobody this permission.',
    ),
  }),

  tokenPolicy: group('ValidatingAdmissionPolicy for the ServiceAccount of Pillion.', {
    enabled: flag(
      true,
      'Whether the API server denies every write with this ServiceAccount that Pillion does not need. Ignored before ' +
        'Kubernetes 1.30.',
    ),
  }),

  logLevel: choice(logLevels, 'Lowest level that a replica logs.'),
  drainDelaySeconds: whole(
    10,
    'Seconds that a replica still answers requests after it was told to stop, until the API server has removed it from the Service.',
    0,
    300,
  ),
  excludedNamespaces: list(
    [],
    'Additional namespaces whose Pods are never changed. The namespace of the release, kube-system and kube-node-lease are always excluded.',
    Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' }),
  ),
  proveProfiles: flag(true, 'Whether each profile is verified by a dry run of a Pod before it is accepted.'),
  profiles: group('SidecarProfiles: the profiles in namespaces.', {
    perNamespace: whole(
      50,
      'Maximum number of SidecarProfiles in one namespace. The oldest are used, the others are not accepted.',
      0,
      10_000,
    ),
    writeLimit: group(
      'FlowSchema and PriorityLevelConfiguration: an API server handles only a few writes of SidecarProfiles at a time.',
      {
        enabled: flag(
          true,
          'Whether the chart creates a FlowSchema and a PriorityLevelConfiguration for writes of SidecarProfiles.',
        ),
        matchingPrecedence: whole(
          1_000,
          'Matching precedence of the FlowSchema. The lowest number wins: a FlowSchema for your GitOps tool with a lower one exempts it.',
          1,
          10_000,
        ),
      },
    ),
  }),
  sweep: group('Sweep: finds Pods that run without the profiles that they ask for.', {
    enabled: flag(
      true,
      'Whether the sweep runs. When false, the replicas get no permissions for Pods in other namespaces.',
    ),
    intervalSeconds: whole(600, 'Seconds between two sweeps.', 1, 86_400),
    evict: choice(
      ['none', 'missed'],
      'Pods that the sweep evicts. With `missed`, the replicas get the permission to evict Pods of all namespaces.',
    ),
    evictionsPerMinute: whole(10, 'Maximum number of evictions per minute.', 1, 1_000),
  }),
  rollout: group(
    'Rollouts: they update Pods that run, if their profiles say so. They need Kubernetes 1.30.',
    {
      enabled: flag(
        false,
        'Whether the replicas may change Pods of all namespaces. The policy of `tokenPolicy` limits that to what rollouts do.',
      ),
      parallelPods: whole(10, 'Maximum number of Pods that are updated at the same time.', 1, 1_000),
      podsPerMinute: whole(60, 'Maximum number of Pods whose update begins in a minute.', 1, 6_000),
    },
  ),
  strictPolicy: group('ValidatingAdmissionPolicy for Pods that were missed. It needs Kubernetes 1.30.', {
    enabled: flag(
      false,
      'Whether Pods that ask for profiles and got none are denied in namespaces with the label `pillion.dev/enforce=strict`.',
    ),
  }),

  webhook: group('Webhook for Pods.', {
    failurePolicy: choice(
      ['Ignore', 'Fail'],
      'What happens to a Pod when no replica answers: `Ignore` lets it start without sidecars, `Fail` denies it.',
    ),
    timeoutSeconds: whole(5, 'Seconds that the API server waits for an answer.', 1, 30),
    reinvocationPolicy: choice(
      ['IfNeeded', 'Never'],
      'Whether the API server calls Pillion again when another webhook changed the Pod.',
    ),
    matchConditions: list(
      [],
      'Additional match conditions in CEL. The API server calls Pillion only for Pods that meet all of them.',
    ),
    namespaceSelector: object({}, 'Additional label selector for namespaces.'),
    objectSelector: object({}, 'Label selector for Pods.'),
    annotations: map({}, 'Annotations of both webhook configurations.'),
    clientCA: group('Client certificate that callers of the webhooks need.', {
      secretName: name(
        '',
        'Name of the Secret with `ca.crt`, the CA of the client certificate. When empty, callers need no certificate.',
      ),
    }),
  }),
  profileWebhook: group('Webhook for profiles.', {
    failurePolicy: choice(
      ['Ignore', 'Fail'],
      'What happens to a profile when no replica answers: `Ignore` stores it, `Fail` denies it.',
    ),
    timeoutSeconds: whole(5, 'Seconds that the API server waits for an answer.', 1, 30),
  }),
  workloadWebhook: group('Webhook for workloads and Namespaces. It only warns.', {
    enabled: flag(
      true,
      'Whether `kubectl apply` warns of mistakes in the annotations and labels of workloads and Namespaces that mention Pillion.',
    ),
  }),

  certificates: group('Serving certificate of the replicas, and the CA that the API server trusts.', {
    source: choice(
      ['selfManaged', 'certManager', 'provided'],
      'Who issues the certificate: Pillion (`selfManaged`), cert-manager, or you (`provided`).',
    ),
    certManager: group('Settings for `source: certManager`.', {
      issuerRef: object(
        {},
        'Issuer: `{ name: …, kind: ClusterIssuer }`. When empty, the chart creates a self-signed Issuer.',
      ),
      duration: duration('2160h', goUnits, 'Validity of a certificate, as a Go duration.'),
      renewBefore: duration(
        '720h',
        goUnits,
        'Time before the expiry at which a certificate is renewed, as a Go duration.',
      ),
    }),
    provided: group('Settings for `source: provided`.', {
      secretName: name(
        '',
        'Name of the Secret with `tls.crt` and `tls.key`, in the namespace of the release.',
      ),
      caBundle: text(
        '',
        'CA in PEM. Leave it empty if another tool writes the CA into the webhook configurations.',
      ),
    }),
  }),

  crds: group('CustomResourceDefinitions ClusterSidecarProfile and SidecarProfile.', {
    enabled: flag(
      true,
      'Whether the first release installs the CRDs. They stay when the release is uninstalled.',
    ),
    upgrade: flag(true, 'Whether a Job updates the CRDs before an upgrade.'),
    deleteOnUninstall: flag(
      false,
      'Whether uninstalling the release deletes the CRDs, and with them all profiles.',
    ),
  }),

  monitoring,
  networkPolicy: group('NetworkPolicy of the replicas.', {
    enabled: flag(false, 'Whether the chart creates a NetworkPolicy.'),
    webhookFrom: list(
      [],
      'Sources that may call the webhooks, as `from` of a NetworkPolicy. When empty, all sources.',
    ),
    metricsFrom: list(
      [{ namespaceSelector: {} }],
      'Sources that may read the metrics, as `from` of a NetworkPolicy. The default is every Pod of the cluster.',
    ),
    apiServerTo: list(
      [],
      'Addresses of the API server, as `to` of a NetworkPolicy. When empty, all addresses.',
    ),
    apiServerPorts: list([443, 6443], 'Ports of the API server.', Type.Integer()),
    dnsTo: list([], 'Addresses of DNS, as `to` of a NetworkPolicy. When empty, all addresses.'),
    dnsPorts: list([53], 'Ports of DNS.', Type.Integer()),
  }),
  flowSchema: group(
    'FlowSchema that gives requests of the replicas priority over those of other service accounts.',
    {
      enabled: flag(false, 'Whether the chart creates a FlowSchema for the requests of the replicas.'),
      priorityLevel: name('workload-high', 'Name of the PriorityLevelConfiguration.'),
      matchingPrecedence: whole(
        800,
        'Matching precedence. The lowest number wins; the FlowSchemas of the API server go up to 9900.',
        1,
        10_000,
      ),
    },
  ),
  tests: group('`helm test`.', {
    enabled: flag(true, 'Whether `helm test` runs `pillion doctor`.'),
  }),
} satisfies Record<string, TSchema>
