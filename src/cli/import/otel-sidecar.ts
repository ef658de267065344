import { posix } from 'node:path'
import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Imported, Note } from './imported.ts'
import {
  containersFrom,
  headOf,
  listOf,
  nameFrom,
  notesAt,
  objectOf,
  serverNotes,
  unlessEmpty,
} from './parts.ts'
import { failure, type Source } from './source.ts'
import { Taken, type Tree, type TreeObject, taken } from './tree.ts'

/**
 * An OpenTelemetryCollector with `mode: sidecar`, in v1beta1 or v1alpha1.
 * https://github.com/open-telemetry/opentelemetry-operator/blob/main/docs/api/opentelemetrycollectors.md
 */
export function otelSidecar(source: Source): Imported {
  const { value } = source
  if (member(value, 'kind') !== 'OpenTelemetryCollector')
    throw failure(source, ['kind'], 'must be OpenTelemetryCollector')
  const spec = objectOf(member(value, 'spec'))
  if (spec['mode'] !== 'sidecar')
    throw failure(
      source,
      ['spec', 'mode'],
      'must be sidecar: in another mode the collector is a workload of its own',
    )
  const notes: Note[] = [...serverNotes, ...fieldNotes]
  const name = nameFrom(source, ['metadata', 'name'], member(member(value, 'metadata'), 'name'))
  const mounts = configMaps(spec)
  const { init } = containersFrom({ initContainers: spec['initContainers'] ?? [] }, ['spec'], notes)
  const profile = headOf(source, 'ClusterSidecarProfile', name, {
    parameters: spec['image'] === undefined ? imageParameter : undefined,
    volumes: unlessEmpty([
      ...copies(spec, 'volumes'),
      ...mounts.flatMap(({ volume }) => (volume === undefined ? [] : [volume])),
    ]),
    initContainers: unlessEmpty(init),
    containers: [
      collector(
        spec,
        mounts.map(({ mount }) => mount),
      ),
    ],
  })
  const collectorName = String(member(member(value, 'metadata'), 'name'))
  return {
    source,
    profiles: [profile],
    notes,
    requests: [
      [
        `annotation sidecar.opentelemetry.io/inject: "${collectorName}" or "true"`,
        `annotation pillion.dev/inject: ${String(name.value)}`,
      ],
      ['annotation sidecar.opentelemetry.io/inject: "false"', 'annotation pillion.dev/inject: none'],
      ['the same annotations of a namespace', 'the same, and the label pillion.dev/inject: enabled'],
      [
        'the container otc-container',
        'the same name; the operator also sets OTEL_RESOURCE_ATTRIBUTES in it, and this profile does not',
      ],
    ],
  }
}

/** If the resource names no image, the operator takes the one of its own settings. */
const imageParameter: TreeObject = {
  image: {
    type: 'string',
    required: true,
    pattern: '^[a-z0-9][A-Za-z0-9._/:@-]+$',
    example: 'otel/opentelemetry-collector-contrib:0.140.1',
    description:
      'The image of the collector. The operator has a default for it; write the one that your Pods have.',
  },
}

/** https://github.com/open-telemetry/opentelemetry-operator: the container that the operator adds to a Pod. */
function collector(spec: JsonObject, mounts: readonly Tree[]): TreeObject {
  const copy = (field: string, why?: string) => taken(spec[field], ['spec', field], why)
  const args = Object.entries(objectOf(spec['args'])).map(
    ([flag, value]) => new Taken(`--${flag}=${String(value)}`, ['spec', 'args', flag], 'a list of arguments'),
  )
  return {
    name: 'otc-container',
    image: copy('image') ?? '$(params.image)',
    imagePullPolicy: copy('imagePullPolicy'),
    command: copy('command'),
    args: ['--config=env:OTEL_CONFIG', ...args],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...configOf(spec),
      ...copies(spec, 'env'),
    ],
    envFrom: copy('envFrom'),
    ports: unlessEmpty(listOf(spec['ports']).map(portFrom)),
    resources: copy('resources'),
    securityContext: copy('securityContext'),
    lifecycle: copy('lifecycle'),
    volumeMounts: unlessEmpty([...copies(spec, 'volumeMounts'), ...mounts]),
    livenessProbe: probe(spec, 'livenessProbe'),
    readinessProbe: probe(spec, 'readinessProbe'),
    startupProbe: probe(spec, 'startupProbe'),
  }
}

function copies(spec: JsonObject, field: string): readonly Tree[] {
  return listOf(spec[field]).map((item, i) => taken(item, ['spec', field, i])!)
}

function configOf(spec: JsonObject): readonly TreeObject[] {
  const { config } = spec
  if (isObject(config)) return [{ name: 'OTEL_CONFIG', json: taken(config, ['spec', 'config']) }]
  if (config === undefined) return []
  return [{ name: 'OTEL_CONFIG', value: taken(config, ['spec', 'config']) }]
}

function portFrom(port: unknown, i: number): TreeObject | undefined {
  if (!isObject(port)) return undefined
  const copy = (field: string, why?: string) => taken(port[field], ['spec', 'ports', i, field], why)
  return {
    name: copy('name'),
    containerPort: copy('port', 'the port of the container; a profile makes no Service'),
    protocol: copy('protocol'),
    hostPort: copy('hostPort'),
  }
}

/** With `mode: sidecar` the operator adds the mounts and not the volumes, so users write the volumes themselves. */
function configMaps(
  spec: JsonObject,
): readonly { readonly volume: Tree | undefined; readonly mount: Tree }[] {
  const own = new Set(listOf(spec['volumes']).map(each => member(each, 'name')))
  return listOf(spec['configmaps']).flatMap((item, i) => {
    if (!isObject(item) || typeof item['name'] !== 'string') return []
    const at = ['spec', 'configmaps', i]
    const volumeName = `configmap-${item['name']}`
    return [
      {
        volume: own.has(volumeName)
          ? undefined
          : {
              name: volumeName,
              configMap: { name: taken(item['name'], [...at, 'name'], 'a volume with the ConfigMap') },
            },
        mount: {
          name: volumeName,
          mountPath: new Taken(
            posix.join('/var/conf', String(item['mountpath'] ?? ''), volumeName),
            [...at, 'mountpath'],
            'the operator mounts it below /var/conf, and this profile does the same',
          ),
        },
      },
    ]
  })
}

/**
 * The operator makes a liveness and a readiness probe from an extension health_check that the service uses; the fields of the
 * spec only change their numbers. A startup probe is made only if the spec has it.
 */
function probe(spec: JsonObject, field: string): TreeObject | undefined {
  const settings = spec[field]
  const health = healthCheck(spec['config'])
  if (!health || (field === 'startupProbe' && !isObject(settings))) return undefined
  const port = /:(\d{1,5})$/.exec(String(health['endpoint'] ?? ''))?.[1]
  const httpGet = {
    path: typeof health['path'] === 'string' ? health['path'] : '/',
    port: Number(port ?? 13_133),
  }
  return { ...(isObject(settings) && (taken(settings, ['spec', field]) as TreeObject)), httpGet }
}

/** The settings of the extension, which can be null, as in `health_check:`. */
function healthCheck(config: Json | undefined): JsonObject | undefined {
  const used = listOf(member(member(config, 'service'), 'extensions'))
  const name = used.find(each => typeof each === 'string' && /^health_check(\/|$)/.test(each))
  return typeof name === 'string' ? objectOf(member(member(config, 'extensions'), name)) : undefined
}

const ignored = 'the operator does not use it with mode: sidecar'
const fieldNotes: readonly Note[] = [
  ...notesAt(
    ['spec'],
    [
      ['mode', 'not needed', 'a profile is always a sidecar'],
      ['managementState', 'not needed', 'Pillion has no operator that changes the profile'],
      [
        'upgradeStrategy',
        'impossible',
        'Pillion does not choose a version: change the image in the profile; spec.rollout says how Pods get it',
      ],
      ['configVersions', 'changed', 'spec.revisionHistoryLimit keeps earlier revisions, 10 by default'],
      [
        'targetAllocator',
        'impossible',
        'a target allocator is a Deployment of its own: keep the operator for it',
      ],
      [
        'observability',
        'impossible',
        'write a PodMonitor for the Pods; in a profile, no object besides the Pod can be created',
      ],
      ['networkPolicy', 'impossible', 'write a NetworkPolicy for the Pods'],
      ['configmaps', 'not needed', 'spec.volumes has the volume'],
      ...['livenessProbe', 'readinessProbe', 'startupProbe'].map(
        field =>
          [
            field,
            'impossible',
            'the operator makes a probe only if config.service.extensions has health_check',
          ] as const,
      ),
      ['ports', 'impossible', 'it is a field of a Service: write a Service for the Pods of the app'],
      ...[
        'nodeSelector',
        'replicas',
        'minReplicas',
        'maxReplicas',
        'podDisruptionBudget',
        'podSecurityContext',
        'podAnnotations',
        'serviceAccount',
        'tolerations',
        'affinity',
        'terminationGracePeriodSeconds',
        'topologySpreadConstraints',
        'hostNetwork',
        'hostPID',
        'dnsPolicy',
        'shareProcessNamespace',
        'priorityClassName',
        'additionalContainers',
        'podDnsConfig',
        'ipFamilies',
        'ipFamilyPolicy',
        'trafficDistribution',
        'volumeClaimTemplates',
        'persistentVolumeClaimRetentionPolicy',
        'autoscaler',
        'ingress',
        'httpRoute',
        'daemonSetUpdateStrategy',
        'deploymentUpdateStrategy',
      ].map(field => [field, 'not needed', ignored] as const),
    ],
  ),
  {
    path: ['metadata', 'namespace'],
    verdict: 'changed',
    why: 'a ClusterSidecarProfile is for all namespaces: restrict it with spec.usableIn.namespaceSelector',
  },
]
