import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { Problem } from '../../problems/problem.ts'
import { readsPod } from '../../template/compare.ts'
import { type Leaf, leavesIn, membersOf, type Template } from '../../template/template.ts'
import type { Parameter, ProfileSpec } from '../schema/schema.ts'

/**
 * Advice on a valid spec: what usually goes wrong with such a sidecar, and what to do instead. `templates` are the compiled
 * containers of the spec, in order. Linear in the size of the spec.
 * https://kubernetes.io/blog/2015/06/the-distributed-system-toolkit-patterns/
 */
export function advise(spec: ProfileSpec, templates: Templates): readonly Problem[] {
  const sharing = sharingIn(spec)
  const problems = (['initContainers', 'containers'] as const).flatMap(list =>
    (spec[list] ?? []).flatMap((container: JsonObject, i) => {
      const subject = { container, template: templates[list][i]!, isSidecar: list === 'containers' }
      return rules.flatMap(({ field = [], isBroken, message }) =>
        isBroken(subject, sharing)
          ? [{ path: ['spec', list, i, ...field], message: message(container) }]
          : [],
      )
    }),
  )
  return [...manyContainers(spec), ...problems]
}

type Templates = Readonly<Record<'initContainers' | 'containers', readonly Template[]>>

interface Subject {
  readonly container: JsonObject
  readonly template: Template
  readonly isSidecar: boolean
}

interface Rule {
  readonly field?: readonly string[]
  readonly isBroken: (subject: Subject, sharing: Sharing) => boolean
  readonly message: (container: JsonObject) => string
}

const rules: readonly Rule[] = [
  {
    // It would be scaled and restarted with the app for no reason.
    isBroken: isUnrelated,
    message: () =>
      'shares no volume, port or environment variable with the app: run it as a Deployment of its own',
  },
  {
    // A Pod without requests is evicted first; without a memory limit a leak uses up the memory of the node.
    field: ['resources'],
    isBroken: ({ container: { resources } }) =>
      !isObject(member(resources, 'requests')) || member(member(resources, 'limits'), 'memory') === undefined,
    message: () => 'has no requests or no memory limit: it can take the resources of the app and of the node',
  },
  {
    isBroken: ({ container, isSidecar }) =>
      isSidecar &&
      items(container, 'ports').length > 0 &&
      !['startupProbe', 'readinessProbe', 'livenessProbe'].some(probe => probe in container),
    message: () => 'has ports and no probe: Kubernetes does not notice when it hangs',
  },
  {
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    field: ['securityContext'],
    isBroken: mayBeRoot,
    message: () =>
      'may run as root: set runAsNonRoot and runAsUser; a namespace with the Pod Security level restricted denies it',
  },
  {
    // The next Pod may get another program.
    field: ['image'],
    isBroken: ({ container }, { parameters }) => isUnpinned(fixedImage(container['image'], parameters)),
    message: ({ image }) => `${JSON.stringify(image)} names no version: pin one`,
  },
  {
    // The containers of a Pod share its network; a Service may lead to another Pod.
    isBroken: ({ template, isSidecar }) => isSidecar && usesService(template),
    message: () => 'reaches the app through a Service: inside the Pod the app is at localhost',
  },
]

/** A Pod is scheduled, scaled and restarted as a whole. */
function manyContainers({ containers = [] }: ProfileSpec): readonly Problem[] {
  if (containers.length <= 2) return []
  const message = `${containers.length} sidecars in one profile are too many: make a profile of each, so that a Pod can have one without the others`
  return [{ path: ['spec', 'containers'], message }]
}

/** What a spec shares between its sidecars and the app. */
interface Sharing {
  readonly parameters: Readonly<Record<string, Parameter>>
  /** The app gets environment variables, or shares its processes. */
  readonly isWhole: boolean
  /** The names of the volumes that the app mounts, or that are the app's own. */
  readonly withApp: ReadonlySet<Json | undefined>
  /** How many sidecars mount a volume. */
  readonly mounters: ReadonlyMap<Json | undefined, number>
}

function sharingIn(spec: ProfileSpec): Sharing {
  const { parameters = {}, appContainers = [], volumes = [], containers = [], pod } = spec
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

function isUnrelated({ container, template, isSidecar }: Subject, sharing: Sharing): boolean {
  if (!isSidecar || sharing.isWhole || items(container, 'ports').length > 0) return false
  const sharesVolume = mountedBy(container).some(
    name => name !== undefined && (sharing.withApp.has(name) || (sharing.mounters.get(name) ?? 0) > 1),
  )
  return !sharesVolume && !readsPod(template) && !namesLocalhost(JSON.stringify(container))
}

function mountedBy(container: object): readonly (Json | undefined)[] {
  const mounts = items(container, 'volumeMounts')
  spend(mounts.length)
  return mounts.map(mount => member(mount, 'name'))
}

function namesLocalhost(text: string): boolean {
  spend(text.length / charactersAUnit)
  return ['localhost', '127.0.0.1', '[::1]'].some(host => text.includes(host))
}

// Measured: 6 ns a character, to make a container text and to search that.
const charactersAUnit = 8

function mayBeRoot({ container }: Subject): boolean {
  const [runAsNonRoot, runAsUser] = ['runAsNonRoot', 'runAsUser'].map(field =>
    member(container['securityContext'], field),
  )
  // Text is an expression.
  const isDenied = runAsNonRoot === true || typeof runAsNonRoot === 'string'
  return runAsUser === 0 || (runAsUser === undefined && !isDenied)
}

/** The image in the profile, or the default of its parameter; undefined if any other expression gives it. */
function fixedImage(image: Json | undefined, parameters: Sharing['parameters']): string | undefined {
  if (typeof image !== 'string') return undefined
  const parameter = /^\$\(params\.(\w+)\)$/.exec(image)?.[1]
  if (parameter !== undefined) return parameters[parameter]?.default?.toString()
  return image.includes('$(') ? undefined : image
}

function isUnpinned(image: string | undefined): boolean {
  if (image === undefined || image.includes('@')) return false
  const tag = /:([^/@:]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest'
}

function usesService(template: Template): boolean {
  const leaves = membersOf(template).flatMap(([field, value]) =>
    ['args', 'command', 'env'].includes(field) ? leavesIn(value) : [],
  )
  spend(leaves.length * unitsALeaf)
  return leaves.some(namesService)
}

// Measured: 0.3 µs for a leaf whose text is short.
const unitsALeaf = 8

/** Whether something of the Pod stands in front of `.svc`, as in `$(app.name).shop.svc:8080`. */
function namesService({ parts }: Leaf): boolean {
  return parts.some((part, i) => {
    const next = parts[i + 1]
    if (typeof next !== 'string' || typeof part === 'string' || part.reads !== 'pod') return false
    const [, ...labels] = (/^[\w.-]*/.exec(next)?.[0] ?? '').split('.')
    return labels.some(label => label === 'svc' || label.startsWith('svc-'))
  })
}

function items(container: object, list: string): readonly Json[] {
  const value = (container as JsonObject)[list]
  return Array.isArray(value) ? value : []
}
