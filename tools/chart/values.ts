import { type TSchema, Type } from 'typebox'
import type { LogLevel } from '../../src/server/options.ts'

const logLevels = [
  'info',
  'fatal',
  'error',
  'warn',
  'debug',
  'trace',
  'silent',
] as const satisfies readonly LogLevel[]

/**
 * The values of the chart but those of the catalog, which its profiles give: what each may be, what it is when
 * nobody says, and what it is for. values.yaml, values.schema.json and the table in the chart's README are
 * made of it.
 */
export const values = {
  nameOverride: text('', "In place of the chart's name in the names of objects."),
  fullnameOverride: text('', 'The name of all objects, in place of one made from the release and the chart.'),
  commonLabels: map({}, 'Labels for every object.'),

  image: group('The image of the server, of its hooks and of `helm test`.', {
    registry: text('', 'Put before the repository, as `registry.example.com`.'),
    repository: text('pillion', 'Without registry and tag.'),
    tag: text('', "The chart's `appVersion` when empty."),
    digest: Type.String({
      pattern: '^(sha256:[0-9a-f]{64})?$',
      default: '',
      description: '`sha256:…`; then the tag only says which version that is.',
    }),
    pullPolicy: choice(['IfNotPresent', 'Always', 'Never'], 'As of a container.'),
  }),
  imagePullSecrets: list([], 'Of all Pods, as `[{ name: … }]`.'),

  replicas: whole(2, 'How many servers, unless `autoscaling` says.', 0, 50),
  autoscaling: group('A HorizontalPodAutoscaler. It needs the metrics API.', {
    enabled: flag(false, 'Whether there is one.'),
    minReplicas: whole(2, 'At least so many.', 1, 50),
    maxReplicas: whole(6, 'At most so many.', 1, 50),
    targetCPUUtilizationPercentage: whole(70, 'Of what `resources.requests.cpu` says.', 1, 1000),
  }),
  podDisruptionBudget: group('How many servers a drain of nodes may take at once.', {
    enabled: flag(true, 'Whether there is one.'),
    maxUnavailable: countOrShare(1, 'A number or a percentage; empty when `minAvailable` is set.'),
    minAvailable: countOrShare('', 'A number or a percentage, in place of `maxUnavailable`.'),
  }),
  updateStrategy: group('Of the Deployment. A new server is ready before an old one goes.', {
    maxSurge: countOrShare(1, 'How many servers more while they are replaced.'),
    maxUnavailable: countOrShare(0, 'How many servers fewer.'),
  }),

  podLabels: map({}, 'Labels of the servers.'),
  podAnnotations: map({}, 'Annotations of the servers.'),
  priorityClassName: text(
    '',
    'As `system-cluster-critical`, so that servers are not evicted for lack of room.',
  ),
  nodeSelector: map({ 'kubernetes.io/os': 'linux' }, 'Nodes for all Pods.'),
  tolerations: list([], 'Taints that all Pods tolerate.'),
  affinity: object({}, 'Of the servers.'),
  topologySpreadConstraints: list(
    [],
    'In place of an even spread over nodes and zones where that can be had.',
  ),
  resources: object(
    { requests: { cpu: '50m', memory: '160Mi' }, limits: { memory: '384Mi' } },
    'Of the servers. A limit of at least 256Mi, and more for thousands of profiles or namespaces.',
  ),
  podSecurityContext: object(
    { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    'Of all Pods.',
  ),
  securityContext: object(
    { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    'Of all containers.',
  ),
  hostNetwork: flag(false, "Whether servers use their node's network: where the API server reaches no Pods."),
  dnsPolicy: text('', 'Of the servers; `ClusterFirstWithHostNet` with `hostNetwork`.'),
  ports: group('What the servers listen on.', {
    https: whole(8443, 'The webhooks.', 1, 65_535),
    metrics: whole(9090, '`/metrics` and the probes of the kubelet.', 1, 65_535),
  }),
  extraArgs: list([], 'More flags of the server, as `--reload-interval-ms=5000`.', Type.String()),
  extraEnv: list([], 'More environment variables of the server, as of a container.'),
  extraVolumes: list([], 'More volumes of the servers.'),
  extraVolumeMounts: list([], 'More mounts of the servers.'),

  service: group('The Service that the API server calls, and Prometheus.', {
    annotations: map({}, 'Its annotations.'),
    ipFamilyPolicy: text('', "As `PreferDualStack`; the cluster's own when empty."),
  }),
  serviceAccount: group('Who the servers are.', {
    create: flag(true, 'Whether the chart makes it.'),
    name: text('', 'Its name; that of all objects when empty.'),
    annotations: map({}, 'Its annotations.'),
  }),
  rbac: group('Rights.', {
    create: flag(true, 'Whether the chart makes the roles and bindings of the servers.'),
    aggregate: flag(true, 'Whether `view`, `edit` and `admin` users get rights to SidecarProfiles.'),
  }),

  tokenPolicy: group('The ValidatingAdmissionPolicy for the ServiceAccount of Pillion.', {
    enabled: flag(
      true,
      'Whether the API server denies every write with this ServiceAccount that Pillion does not need. Ignored before ' +
        'Kubernetes 1.30.',
    ),
  }),

  logLevel: choice(logLevels, "Of the server's log."),
  drainDelaySeconds: whole(10, 'How long a server that is to stop goes on, until nobody calls it.', 0, 300),
  excludedNamespaces: list(
    [],
    "Namespaces whose Pods are never changed, besides the release's own, kube-system and kube-node-lease.",
    Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' }),
  ),
  proveProfiles: flag(true, 'Whether a dry run of a Pod proves each profile before it counts as accepted.'),
  profiles: group('SidecarProfiles, the profiles of namespaces.', {
    perNamespace: whole(
      50,
      'Maximum number of SidecarProfiles that are used in one namespace. The oldest are used, the others are not accepted.',
      0,
      10_000,
    ),
  }),
  sweep: group('The look for Pods that run without what they asked for.', {
    enabled: flag(true, 'Whether it is done; without it the servers have no rights to Pods elsewhere.'),
    intervalSeconds: whole(600, 'How often.', 1, 86_400),
    evict: choice(['dry-run', 'missed'], 'Which Pods are evicted.'),
    evictionsPerMinute: whole(10, 'At most so many evictions in a minute.', 1, 1_000),
  }),
  strictPolicy: group('A ValidatingAdmissionPolicy. It needs Kubernetes 1.30.', {
    enabled: flag(
      false,
      'Whether Pods that got nothing are refused in namespaces labelled `pillion.dev/enforce=strict`.',
    ),
  }),

  webhook: group('Whom the API server asks about Pods, and what becomes of them without an answer.', {
    failurePolicy: choice(['Ignore', 'Fail'], 'Whether a Pod starts when no server answers.'),
    timeoutSeconds: whole(5, 'How long the API server waits for an answer.', 1, 30),
    reinvocationPolicy: choice(
      ['IfNeeded', 'Never'],
      'Whether it asks again when another webhook changed the Pod.',
    ),
    matchConditions: list([], 'More conditions in CEL; a Pod that fails one is not asked about.'),
    namespaceSelector: object({}, 'What namespaces have to be besides: a label selector.'),
    objectSelector: object({}, 'What Pods have to be: a label selector.'),
    annotations: map({}, 'Annotations of both configurations.'),
    clientCA: group('The client certificate that callers of the webhooks need.', {
      secretName: text(
        '',
        'Name of the Secret with `ca.crt`, the CA that signs the certificate. No certificate is needed when empty.',
      ),
    }),
  }),
  profileWebhook: group('The review of profiles when they are written.', {
    failurePolicy: choice(['Ignore', 'Fail'], 'Whether a profile is stored when no server answers.'),
    timeoutSeconds: whole(5, 'How long the API server waits for an answer.', 1, 30),
  }),

  certificates: group('What the servers serve with, and whom the API server trusts.', {
    source: choice(
      ['selfManaged', 'certManager', 'provided'],
      'Who makes the certificate: Pillion, cert-manager, or you.',
    ),
    certManager: group('With `source: certManager`.', {
      issuerRef: object({}, 'As `{ name: …, kind: ClusterIssuer }`; a self-signed Issuer when empty.'),
      duration: text('2160h', 'How long a certificate is valid.'),
      renewBefore: text('720h', 'How long before its end it is renewed.'),
    }),
    provided: group('With `source: provided`.', {
      secretName: text('', 'The Secret with `tls.crt` and `tls.key`, in the namespace of the release.'),
      caBundle: text('', 'The CA in PEM; empty when something else puts it into the webhook configurations.'),
    }),
  }),

  crds: group('The kinds ClusterSidecarProfile and SidecarProfile.', {
    enabled: flag(
      true,
      'Whether they are installed with the first release. They stay when it is uninstalled.',
    ),
    upgrade: flag(true, 'Whether a Job brings them up to date before an upgrade.'),
    deleteOnUninstall: flag(false, 'Whether they go, and every profile with them, when the release does.'),
  }),

  monitoring: group('For the Prometheus operator and Grafana.', {
    serviceMonitor: group('What Prometheus scrapes.', {
      enabled: flag(false, 'Whether there is a ServiceMonitor.'),
      labels: map({}, 'Labels that your Prometheus selects it by.'),
      interval: text('30s', 'How often.'),
      metricRelabelings: list([], 'Of the ServiceMonitor.'),
    }),
    prometheusRule: group('Alerts.', {
      enabled: flag(false, 'Whether there is a PrometheusRule.'),
      labels: map({}, 'Labels that your Prometheus selects it by.'),
      alertLabels: map({}, 'Labels of every alert.'),
      disabled: list([], 'Alerts to leave out, by name.', Type.String()),
      latencySeconds: number(0.1, 'What 99 of 100 answers are to be faster than.'),
    }),
    dashboard: group('A ConfigMap that the sidecar of Grafana finds.', {
      enabled: flag(false, 'Whether there is one.'),
      labels: map({ grafana_dashboard: '1' }, 'Labels that Grafana selects it by.'),
      annotations: map({}, 'Its annotations, as `grafana_folder`.'),
    }),
  }),
  networkPolicy: group('Who may reach the servers, and whom they reach.', {
    enabled: flag(false, 'Whether there is a NetworkPolicy.'),
    webhookFrom: list([], 'Who reaches the webhooks, as `from` of a NetworkPolicy; everybody when empty.'),
    metricsFrom: list(
      [{ namespaceSelector: {} }],
      'Who reaches the metrics, as `from`: every Pod of the cluster.',
    ),
    apiServerTo: list([], 'Where the API server is, as `to`; anywhere when empty.'),
    apiServerPorts: list([443, 6443], 'Ports of the API server.', Type.Integer()),
    dnsPorts: list([53], 'Ports of DNS.', Type.Integer()),
  }),
  flowSchema: group("The servers' calls go before those of other service accounts.", {
    enabled: flag(false, 'Whether there is a FlowSchema.'),
    priorityLevel: text('workload-high', 'The PriorityLevelConfiguration.'),
    matchingPrecedence: whole(800, 'The least counts first; those of the API server end at 9900.', 1, 10_000),
  }),
  tests: group('`helm test`.', {
    enabled: flag(true, 'Whether `pillion doctor` is run as a test.'),
  }),
} satisfies Record<string, TSchema>

/** A value with members of its own; no others are allowed. */
export function group(description: string, members: Record<string, TSchema>): TSchema {
  const optional = Object.entries(members).map(([name, member]) => [name, Type.Optional(member)])
  return Type.Object(Object.fromEntries(optional), { description, additionalProperties: false })
}

export function flag(fallback: boolean, description: string): TSchema {
  return Type.Boolean({ default: fallback, description })
}

export function text(fallback: string, description: string): TSchema {
  return Type.String({ default: fallback, description })
}

function whole(fallback: number, description: string, minimum: number, maximum: number): TSchema {
  return Type.Integer({ default: fallback, description, minimum, maximum })
}

function number(fallback: number, description: string): TSchema {
  return Type.Number({ default: fallback, description, exclusiveMinimum: 0 })
}

/** The first one when nobody says. */
function choice(words: readonly string[], description: string): TSchema {
  return Type.Unsafe({ type: 'string', enum: words, default: words[0], description })
}

function list(fallback: readonly unknown[], description: string, items?: TSchema): TSchema {
  return Type.Unsafe({ type: 'array', items: items ?? { type: 'object' }, default: fallback, description })
}

function map(fallback: Readonly<Record<string, string>>, description: string): TSchema {
  return Type.Unsafe({
    type: 'object',
    additionalProperties: { type: 'string' },
    default: fallback,
    description,
  })
}

/** In Kubernetes' own words: what is in it the API server checks. */
function object(fallback: object, description: string): TSchema {
  return Type.Unsafe({ type: 'object', additionalProperties: true, default: fallback, description })
}

function countOrShare(fallback: number | string, description: string): TSchema {
  return Type.Unsafe({
    type: ['integer', 'string'],
    pattern: '^([0-9]+%)?$',
    minimum: 0,
    default: fallback,
    description,
  })
}
