import { isObject, type Json, type JsonObject, member } from './json.ts'
import type { Path, Problem } from './problem.ts'
import type { Parameter, ProfileSpec } from './schema.ts'

/**
 * What experience says against a spec that is valid: never a refusal. Each check is about one sentence of what
 * is known of sidecars, and says what to do instead.
 * https://kubernetes.io/blog/2015/06/the-distributed-system-toolkit-patterns/
 */
export function advise(spec: ProfileSpec): readonly Problem[] {
  const containers = containersOf(spec)
  return [
    ...manyContainers(spec),
    ...containers.flatMap(container => checks.flatMap(check => check(container, spec))),
  ]
}

interface ContainerAt {
  readonly container: JsonObject
  readonly path: Path
  readonly isSidecar: boolean
}

type Check = (at: ContainerAt, spec: ProfileSpec) => readonly Problem[]

const checks: readonly Check[] = [unrelated, unlimited, unprobed, asRoot, unpinned, roundabout]

function containersOf({ initContainers = [], containers = [] }: ProfileSpec): readonly ContainerAt[] {
  const at = (list: 'initContainers' | 'containers') => (container: JsonObject, i: number) => ({
    container,
    path: ['spec', list, i],
    isSidecar: list === 'containers',
  })
  return [...initContainers.map(at('initContainers')), ...containers.map(at('containers'))]
}

const most = 2

/** A Pod is scheduled, scaled and restarted as a whole. */
function manyContainers({ containers = [] }: ProfileSpec): readonly Problem[] {
  if (containers.length <= most) return []
  const message = `${containers.length} sidecars in one profile are several concerns: make a profile of each, so that a Pod can have one without the others`
  return [{ path: ['spec', 'containers'], message }]
}

/** What has nothing to do with the app is scaled and restarted with it for nothing. */
function unrelated({ container, path, isSidecar }: ContainerAt, spec: ProfileSpec): readonly Problem[] {
  const shares =
    !isSidecar ||
    items(container, 'ports').length > 0 ||
    sharesVolume(container, spec) ||
    (spec.appContainers ?? []).some(({ env = [], envFrom = [] }) => env.length + envFrom.length > 0) ||
    /\$\(.*\b(app|pod)\b|localhost|127\.0\.0\.1|\[::1\]/s.test(JSON.stringify(container)) ||
    spec.pod?.shareProcessNamespace === true
  const message =
    'shares no volume, port or variable with the app: it is not tightly coupled, run it as a Deployment of its own'
  return shares ? [] : [{ path, message }]
}

/** With the app, or with another sidecar that does. */
function sharesVolume(container: JsonObject, spec: ProfileSpec): boolean {
  const { appContainers = [], volumes = [], containers = [] } = spec
  const sharing = [...appContainers, ...containers.filter(other => other !== container)]
  const given = sharing.flatMap(other => items(other, 'volumeMounts').map(mount => member(mount, 'name')))
  const adopted = volumes.filter(({ adopt }) => adopt).map(({ name }) => name)
  const mounted = items(container, 'volumeMounts').map(mount => member(mount, 'name'))
  return mounted.some(
    name => (name !== undefined && given.includes(name)) || adopted.some(one => one === name),
  )
}

/** Without requests it is the first to be evicted, without a limit of memory its leak is the node's. */
function unlimited({ container, path }: ContainerAt): readonly Problem[] {
  const { requests, limits } = isObject(container['resources']) ? container['resources'] : {}
  if (isObject(requests) && isObject(limits) && 'memory' in limits) return []
  const message = 'has no requests, or no limit of memory: what it may use is the app’s and the node’s'
  return [{ path: [...path, 'resources'], message }]
}

/** Of what serves no port nobody could ask. */
function unprobed({ container, path, isSidecar }: ContainerAt): readonly Problem[] {
  const isProbed = ['startupProbe', 'readinessProbe', 'livenessProbe'].some(probe => probe in container)
  if (!isSidecar || isProbed || items(container, 'ports').length === 0) return []
  return [{ path, message: 'has ports and no probe: nobody notices when it hangs' }]
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function asRoot({ container, path }: ContainerAt): readonly Problem[] {
  const { runAsNonRoot, runAsUser } = isObject(container['securityContext'])
    ? container['securityContext']
    : {}
  const isOther = runAsUser !== undefined && runAsUser !== 0
  if (runAsUser !== 0 && (runAsNonRoot === true || isOther || isText(runAsNonRoot))) return []
  const message = 'may run as root: set runAsNonRoot, and a user; a namespace that is restricted refuses it'
  return [{ path: [...path, 'securityContext'], message }]
}

/** Tomorrow it is another program. */
function unpinned({ container, path }: ContainerAt, { parameters = {} }: ProfileSpec): readonly Problem[] {
  const image = fixedImage(container['image'], parameters)
  if (image === undefined) return []
  const tag = /:([^/@:]+)(@|$)/.exec(image)?.[1]
  if (image.includes('@') || (tag !== undefined && tag !== 'latest')) return []
  return [{ path: [...path, 'image'], message: `${JSON.stringify(image)} names no version: pin one` }]
}

/** The image where it is written, or the default of the parameter that gives it; that of an app is not ours. */
function fixedImage(image: Json | undefined, parameters: Readonly<Record<string, Parameter>>) {
  if (!isText(image)) return undefined
  const parameter = /^\$\(params\.(\w+)\)$/.exec(image)?.[1]
  if (parameter !== undefined) return parameters[parameter]?.default?.toString()
  return image.includes('$(') ? undefined : image
}

/** Containers of a Pod share its network: the way over a Service may end at another Pod. */
function roundabout({ container, path, isSidecar }: ContainerAt): readonly Problem[] {
  const text = JSON.stringify([container['args'], container['command'], container['env']])
  if (!isSidecar || !/\$\([^)]*\b(app|pod)\b[^)]*\)[\w.-]*\.svc\b/.test(text)) return []
  return [{ path, message: 'reaches the app by a Service: in a Pod it is at localhost' }]
}

function items(container: object, list: string): readonly Json[] {
  const value = (container as JsonObject)[list]
  return Array.isArray(value) ? value : []
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}
