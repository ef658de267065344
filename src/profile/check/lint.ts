import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import type { Expression } from '../../template/cel/cel.ts'
import { expressionsIn, type Leaf, leavesIn, memberOf, type Template } from '../../template/compile.ts'
import type { Parameter, ProfileSpec } from '../schema/schema.ts'

/**
 * What experience says against a spec that is valid: never a refusal. Each check is about one sentence of what
 * is known of sidecars, and says what to do instead. The templates are those of the spec's containers, in order: which
 * expression reads the app is known from there. Linear in the size of the spec.
 * https://kubernetes.io/blog/2015/06/the-distributed-system-toolkit-patterns/
 */
export function advise(spec: ProfileSpec, templates: Templates): readonly Problem[] {
  const containers = containersOf(spec, templates)
  const sharing = sharingIn(spec)
  return [
    ...manyContainers(spec),
    ...containers.flatMap(container => checks.flatMap(check => check(container, sharing))),
  ]
}

/** The compiled bodies of a spec's containers. */
export interface Templates {
  readonly initContainers: readonly Template[]
  readonly containers: readonly Template[]
}

interface ContainerAt {
  readonly container: JsonObject
  readonly template: Template | undefined
  readonly path: Path
  readonly isSidecar: boolean
}

/** What a spec shares between its sidecars and the app. */
interface Sharing {
  readonly parameters: Readonly<Record<string, Parameter>>
  /** A variable of the app, or its processes. */
  readonly isWhole: boolean
  /** The volumes that the app mounts, or gives. */
  readonly withApp: ReadonlySet<Json | undefined>
  /** How many sidecars mount a volume. */
  readonly mounters: ReadonlyMap<Json | undefined, number>
}

type Check = (at: ContainerAt, sharing: Sharing) => readonly Problem[]

const checks: readonly Check[] = [unrelated, unlimited, unprobed, asRoot, unpinned, roundabout]

function containersOf(
  { initContainers = [], containers = [] }: ProfileSpec,
  templates: Templates,
): readonly ContainerAt[] {
  const at = (list: 'initContainers' | 'containers') => (container: JsonObject, i: number) => ({
    container,
    template: templates[list][i],
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
function unrelated(
  { container, template, path, isSidecar }: ContainerAt,
  sharing: Sharing,
): readonly Problem[] {
  const shares =
    !isSidecar ||
    sharing.isWhole ||
    items(container, 'ports').length > 0 ||
    sharesVolume(container, sharing) ||
    (template !== undefined && expressionsIn(template).some(readsPod)) ||
    reachesLocalhost(JSON.stringify(container))
  const message =
    'shares no volume, port or variable with the app: it is not tightly coupled, run it as a Deployment of its own'
  return shares ? [] : [{ path, message }]
}

function readsPod({ reads }: Expression): boolean {
  return reads === 'pod'
}

function reachesLocalhost(text: string): boolean {
  spend(text.length / charactersAUnit)
  return ['localhost', '127.0.0.1', '[::1]'].some(host => text.includes(host))
}

// Measured: 6 ns a character, to make a container text and to search that.
const charactersAUnit = 8

/** With the app, or with another sidecar that does. */
function sharesVolume(container: JsonObject, { withApp, mounters }: Sharing): boolean {
  return mountedBy(container).some(
    name => name !== undefined && (withApp.has(name) || (mounters.get(name) ?? 0) > 1),
  )
}

function mountedBy(container: object): readonly (Json | undefined)[] {
  const mounts = items(container, 'volumeMounts')
  spend(mounts.length)
  return mounts.map(mount => member(mount, 'name'))
}

function sharingIn({
  parameters = {},
  appContainers = [],
  volumes = [],
  containers = [],
  pod,
}: ProfileSpec): Sharing {
  const mounters = new Map<Json | undefined, number>()
  for (const container of containers)
    for (const name of new Set(mountedBy(container))) mounters.set(name, (mounters.get(name) ?? 0) + 1)
  const adopted = volumes.filter(({ adopt }) => adopt).map(({ name }) => name)
  return {
    parameters,
    isWhole:
      pod?.shareProcessNamespace === true ||
      appContainers.some(({ env = [], envFrom = [] }) => env.length + envFrom.length > 0),
    withApp: new Set([...adopted, ...appContainers.flatMap(mountedBy)]),
    mounters,
  }
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
function unpinned({ container, path }: ContainerAt, { parameters }: Sharing): readonly Problem[] {
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
function roundabout({ template, path, isSidecar }: ContainerAt): readonly Problem[] {
  if (!isSidecar || template === undefined) return []
  const reaching = ['args', 'command', 'env'].flatMap(field => leavesIn(memberOf(template, field)))
  spend(reaching.length * unitsALeaf)
  if (!reaching.some(namesService)) return []
  return [{ path, message: 'reaches the app by a Service: in a Pod it is at localhost' }]
}

// Measured: 0.3 µs for a leaf whose text is short.
const unitsALeaf = 8

/** Whether something of the Pod stands in front of `.svc`, as in `$(app.name).shop.svc:8080`. */
function namesService({ parts }: Leaf): boolean {
  return parts.some((part, i) => {
    const next = parts[i + 1]
    if (typeof part === 'string' || typeof next !== 'string' || !readsPod(part)) return false
    const [, ...labels] = (/^[\w.-]*/.exec(next)?.[0] ?? '').split('.')
    return labels.some(label => label === 'svc' || label.startsWith('svc-'))
  })
}

function items(container: object, list: string): readonly Json[] {
  const value = (container as JsonObject)[list]
  return Array.isArray(value) ? value : []
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}
