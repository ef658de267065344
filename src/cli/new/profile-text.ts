import { Document, type Node, type Pair, type YAMLMap } from 'yaml'
import type { Container, Named } from '../../engine/pod.ts'
import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { isExpanded } from '../../template/compile.ts'
import { literalText } from '../../template/literal-text.ts'

/** What a new profile is made from. */
export interface Model {
  readonly container: Container
  /** It runs to completion before the app starts. */
  readonly isInit: boolean
  /** The volumes that it mounts. */
  readonly volumes: readonly Named[]
}

/** The text of a profile with comments that say what to do next. It is valid by itself, and Pods can request it. */
export function profileText(name: string, { container, isInit, volumes }: Model): string {
  const {
    restartPolicy: _,
    image = 'busybox:1.37',
    name: containerName,
    volumeMounts: __,
    ...rest
  } = container
  const own = (container.volumeMounts ?? []).filter(mount =>
    volumes.some(volume => volume.name === mount.name),
  )
  const empty = new Set(volumes.filter(volume => volume['emptyDir'] !== undefined).map(volume => volume.name))
  const hasPorts = (container.ports ?? []).length > 0
  const isAlone = !isInit && !hasPorts && !own.some(mount => empty.has(mount.name))
  const added = isAlone ? [{ name: `${name}-dir`, mountPath: `/${name}` }] : []
  const mounts = [...own, ...added]
  const shared = mounts.filter(mount => empty.has(mount.name) || added.some(one => one.name === mount.name))
  const allVolumes = [...volumes, ...added.map(mount => ({ name: mount.name, emptyDir: {} }))]
  const complete = {
    name: containerName,
    image,
    ...rest,
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...(hasPorts &&
      !isInit &&
      !probes.some(probe => rest[probe] !== undefined) && {
        startupProbe: { tcpSocket: { port: container.ports![0]!.containerPort } },
      }),
    resources: completed(rest['resources']),
    securityContext: withoutRoot(merged(securityContext, rest['securityContext'])),
  }
  const list = isInit ? 'initContainers' : 'containers'
  const object = {
    apiVersion,
    kind: 'ClusterSidecarProfile',
    metadata: { name },
    spec: {
      description: `Adds the container ${containerName}.`,
      parameters: {
        image: { type: 'string', default: image, description: `Image of ${containerName}.` },
      },
      ...(allVolumes.length > 0 && { volumes: literal(allVolumes as Json, ['volumes']) }),
      [list]: [withImage(literal(complete as Json, [list, 0]))],
      ...(shared.length > 0 && {
        appContainers: [
          { select: 'all', volumeMounts: literal(shared.map(writable) as Json, ['volumeMounts']) },
        ],
      }),
    },
  }
  // YAML 1.1, as kubectl and Pillion read it: a text such as "on" gets quotes.
  const document = new Document(object, { version: '1.1' })
  document.commentBefore = ` A Pod gets this profile if it has the annotation pillion.dev/inject: ${name}\n The reference of all fields is docs/profiles.md.`
  const spec = document.get('spec') as YAMLMap
  comment(spec, 'description', ' What a developer reads who chooses a profile.')
  comment(
    spec,
    'parameters',
    ` What the Pod can set: pillion.dev/${name}.image: IMAGE. An expression reads it: $(params.image)`,
  )
  comment(
    spec,
    list,
    isInit ? ' They run before the app.' : ' Native sidecars: they start before the app, and end after it.',
  )
  comment(spec, 'volumes', ' The app mounts the same volumes below, if they are empty at first.')
  comment(
    spec,
    'appContainers',
    ' What the containers of the app get: all of them, the first, or those that you name.',
  )
  return document.toString({ lineWidth: 0 })
}

const resources = { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '100m', memory: '64Mi' } }

// Pod Security restricted.
const securityContext = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

function comment(map: YAMLMap, key: string, text: string): void {
  const pair = (map.items as Pair<Node, Node>[]).find(each => String(each.key) === key)
  if (pair) pair.key.commentBefore = text
}

const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const

function withImage(container: Json): Json {
  return { ...(container as JsonObject), image: '$(params.image)' }
}

/** The app writes what a sidecar may only read. */
function writable({ readOnly: _, ...mount }: JsonObject): JsonObject {
  return mount
}

/** With requests and a memory limit; what the container has itself stays. */
function completed(own: Json | undefined): JsonObject {
  const { limits, requests, ...rest } = isObject(own) ? own : {}
  if (!isObject(limits) && !isObject(requests)) return { ...rest, ...resources }
  const memory = member(limits, 'memory') ?? member(requests, 'memory') ?? resources.limits.memory
  return {
    ...rest,
    requests: isObject(requests) ? requests : { memory },
    limits: { ...(isObject(limits) && limits), memory },
  }
}

/** The members of both, to any depth; those of `own` count. */
function merged(standard: JsonObject, own: Json | undefined): JsonObject {
  const result: Record<string, Json | undefined> = { ...standard }
  for (const [key, value] of Object.entries(isObject(own) ? own : {})) {
    const before = standard[key]
    result[key] = isObject(before) && isObject(value) ? merged(before, value) : value
  }
  return result
}

function withoutRoot({ runAsUser, ...rest }: JsonObject): JsonObject {
  return { ...rest, ...(runAsUser !== undefined && runAsUser !== 0 && { runAsUser }), runAsNonRoot: true }
}

/** A command may have a `$(` of a shell, which is no expression; a `$(NAME)` of the kubelet stays as it is. */
function literal(value: Json, path: Path): Json {
  if (typeof value === 'string') return literalText(value, isExpanded(path))
  if (Array.isArray(value)) return value.map((item: Json, i) => literal(item, [...path, i]))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, literal(each ?? null, [...path, key])]),
  )
}
