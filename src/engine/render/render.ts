import type { Json, JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { appPlaces, containerLists, itemsAt, itemsOf, type Place, podPlaces } from '../../profile/places.ts'
import type { AppContainersTemplate, NamedTemplate, Profile } from '../../profile/profile.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { evaluate, type Failures, isTrue } from '../../template/evaluate.ts'
import type { Template } from '../../template/template.ts'
import type { Cluster, Subject } from '../decision.ts'
import { type Container, defaultContainerOf, type Named, type Pod, type VolumeMount } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import type { Wanted } from '../resolve/resolve.ts'
import { onAccountOf } from './share.ts'

/** A profile that a Pod gets, with what it is rendered from. */
export interface Chosen extends Wanted {
  /** Its `containers` become native sidecars. */
  readonly isNative: boolean
  readonly scope: Scope
}

/** The profiles that suit a Pod, its app containers for them, and why the others do not suit it. */
export interface Met {
  readonly chosen: readonly Chosen[]
  readonly app: readonly Container[]
  readonly refused: readonly Refusal[]
}

/**
 * Chooses the wanted profiles whose lifecycle and requirements suit this cluster and the author's Pod. `main` is the default
 * container that an earlier call set, if any.
 */
export function meetRequirements(
  wanted: readonly Wanted[],
  subject: Subject,
  cluster: Cluster,
  main = defaultContainerOf(subject.pod),
): Met {
  const refused: Refusal[] = []
  const running = wanted.flatMap(choice => {
    const lifecycle = lifecycleOf(choice.profile, subject, cluster)
    if ('isNative' in lifecycle) return [{ ...choice, ...lifecycle }]
    refused.push(lifecycle.refused)
    return []
  })
  const app = appContainers(subject.pod, sidecarsOf(running), main)
  const chosen = running
    .map(choice => ({ ...choice, scope: onAccountOf(choice.profile, () => scopeOf(choice, subject, app)) }))
    .filter(choice => {
      const { now, scope } = choice
      const unmet = onAccountOf(choice.profile, () => [
        ...unmetRequirements(choice),
        ...(now ? unmetRequirements({ ...now, scope: { ...scope, params: now.params } }) : []),
      ])
      refused.push(...unmet)
      return unmet.length === 0
    })
  const isWhole = chosen.length === running.length
  return { chosen, refused, app: isWhole ? app : appContainers(subject.pod, sidecarsOf(chosen), main) }
}

/** A container with the name of a regular sidecar does not belong to the app, because an earlier call may have added it. */
function sidecarsOf(choices: readonly Pick<Chosen, 'profile' | 'isNative'>[]): ReadonlySet<string> {
  return new Set(
    choices.flatMap(({ profile, isNative }) => (isNative ? [] : profile.containers.map(({ name }) => name))),
  )
}

/** The values that expressions of a profile can read, for one Pod with these app containers. */
export function scopeOf(
  { profile, params }: { readonly profile: Pick<Profile, 'appContainers'>; readonly params: JsonObject },
  { pod, namespace: { name, labels, annotations } }: Subject,
  app: readonly Container[],
): Scope {
  const scope: Scope = {
    params,
    // A template may have no metadata, but its Pods have some.
    pod: pod.metadata ? pod : { ...pod, metadata: {} },
    namespaceObject: { metadata: { name, labels, annotations } },
    app: app[0] ?? {},
  }
  const select = profile.appContainers[0]?.select ?? 'first'
  // If an expression cannot be evaluated here, the code that selects containers reports it.
  return { ...scope, app: selected(select, app, scope, [])[0] ?? scope.app }
}

function unmetRequirements({
  profile,
  templates,
  scope,
}: Wanted & Pick<Chosen, 'scope'>): readonly Refusal[] {
  return templates.requires.flatMap(requirement => {
    const { expression, message, otherwise } = requirement
    const failures: string[] = []
    const path = ['spec', 'requires', profile.requires.indexOf(requirement), 'expression']
    if (isTrue(expression, path, scope, failures)) return []
    // What reads parameters alone fails only for a value of the Pod's author, which the message is about.
    const isForAuthor = failures.length === 0 || expression.reads === 'nothing'
    const why = [message, ...failures].join(': ')
    const what = isForAuthor ? `profile ${profile.name}: ${why}` : faultOf(profile, failures.join())
    return [refusal(profile, otherwise === 'skip' ? 'skipped' : 'denied', because('RequirementNotMet', what))]
  })
}

/**
 * Whether a profile's `containers` become native sidecars, or why they cannot run in this Pod.
 * A regular sidecar would keep a Pod that runs to completion (a Job's, by its restartPolicy) from ever
 * ending. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
function lifecycleOf(
  profile: Profile,
  { pod }: Subject,
  { kubernetesVersion }: Cluster,
): { readonly isNative: boolean } | { readonly refused: Refusal } {
  if (profile.containers.length === 0) return { isNative: false }
  const available = hasMinor(kubernetesVersion, 29)
  const policy = pod.spec?.restartPolicy ?? 'Always'
  if (profile.lifecycle === 'native' && !available) {
    const what = `profile ${profile.name} needs native sidecars (Kubernetes 1.29 or newer); this cluster is ${kubernetesVersion}`
    return { refused: refusal(profile, 'denied', because('RequirementNotMet', what)) }
  }
  const isNative = available && profile.lifecycle !== 'regular'
  if (!isNative && policy !== 'Always') {
    const why = available
      ? 'the profile has lifecycle: regular'
      : `native sidecars, which end with the Pod, need Kubernetes 1.29 or newer, and this cluster is ${kubernetesVersion}`
    return { refused: refusal(profile, 'skipped', because('JobWouldNeverFinish', policy, why)) }
  }
  return { isNative }
}

/** Whether a cluster has Kubernetes 1.`minor` or newer. */
export function hasMinor(version: string, minor: number): boolean {
  const [first = 0, second = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map(part => Number.parseInt(part, 10))
  return first > 1 || (first === 1 && second >= minor)
}

/**
 * The Pod's app containers: those of `containers` that are not in `sidecars`. The one that
 * `kubectl.kubernetes.io/default-container` names comes first, even if another injector added its
 * container before it.
 */
export function appContainers(
  pod: Pod,
  sidecars: ReadonlySet<string>,
  named = defaultContainerOf(pod),
): readonly Container[] {
  const own = (pod.spec?.containers ?? []).filter(({ name }) => !sidecars.has(name))
  const main = own.find(({ name }) => name === named)
  return main ? [main, ...own.filter(container => container !== main)] : own
}

// Each becomes a scope of expressions, and has a part of the injection.
const unitsOfContainer = 32

/** Which app containers one entry of a profile's `appContainers` is about. */
export function selected(
  select: AppContainersTemplate['select'],
  app: readonly Container[],
  scope: Scope,
  failures: Failures,
): readonly Container[] {
  spend(app.length * unitsOfContainer)
  if (select === 'all') return app
  if (select === 'first') return app.slice(0, 1)
  if (!('evaluate' in select)) {
    const names = new Set(select)
    return app.filter(({ name }) => names.has(name))
  }
  return app.filter(container =>
    isTrue(select, ['spec', 'appContainers'], { ...scope, container: container as Json }, failures),
  )
}

/** A profile rendered for one Pod: everything that the Pod should have. */
export interface RenderedProfile extends Chosen {
  readonly volumes: readonly { readonly volume: Named; readonly adoptAt: string | undefined }[]
  /** Native sidecars first, then init containers. */
  readonly initContainers: readonly Container[]
  /** Regular sidecars. */
  readonly containers: readonly Container[]
  readonly app: readonly RenderedApp[]
  readonly pod: Readonly<Partial<Record<PodField, Json>>>
}

/** What one app container gets. */
export interface RenderedApp {
  readonly container: Container
  readonly env: readonly Named[]
  readonly envFrom: readonly JsonObject[]
  readonly volumeMounts: readonly VolumeMount[]
}

/** Renders the chosen profiles for a Pod with these app containers; an expression that cannot be evaluated refuses it. */
export function renderProfiles(
  chosen: readonly Chosen[],
  app: readonly Container[],
): { readonly injections: readonly RenderedProfile[]; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = []
  const injections = chosen.map(choice => {
    const failures: Failures = []
    const injection = onAccountOf(choice.profile, () => renderChoice(choice, app, failures))
    refused.push(...unrenderable(choice, failures))
    return injection
  })
  return { injections, refused }
}

function renderChoice(choice: Chosen, app: readonly Container[], failures: Failures): RenderedProfile {
  const { templates, isNative, scope } = choice
  const rendered = renderContainers(templates.containers, scope, failures)
  const sidecars = isNative ? rendered.map(asNative) : rendered
  const initContainers = renderContainers(templates.initContainers, scope, failures)
  return {
    ...choice,
    volumes: templates.volumes.flatMap(({ body, adopt }) => {
      spend(unitsOfItem)
      const volume = evaluate(body, scope, failures) as Named | undefined
      return volume
        ? [{ volume, adoptAt: adopt && (evaluate(adopt, scope, failures) as string | undefined) }]
        : []
    }),
    initContainers: isNative ? [...sidecars, ...initContainers] : initContainers,
    containers: isNative ? [] : sidecars,
    app: templates.appContainers.flatMap(({ select, env, envFrom, volumeMounts }) =>
      selected(select, app, scope, failures).map(container => {
        const inside = { ...scope, container }
        return {
          container,
          env: itemsOf(appPlaces.env, renderAll<Named>(env, inside, failures)),
          envFrom: itemsOf(appPlaces.envFrom, renderAll<JsonObject>(envFrom, inside, failures)),
          volumeMounts: itemsOf(
            appPlaces.volumeMounts,
            renderAll<VolumeMount>(volumeMounts, inside, failures),
          ),
        }
      }),
    ),
    pod: Object.fromEntries(
      Object.entries(templates.pod).flatMap(([field, template]) => {
        const value = evaluate(template, scope, failures)
        if (value === undefined) return []
        const place: Place = podPlaces[field as PodField]
        spend(itemsAt(field, place, value).length * unitsOfItem)
        return [[field, place.kind === 'list' ? itemsOf(place, value as readonly JsonObject[]) : value]]
      }),
    ),
  }
}

function renderContainers(
  containers: readonly NamedTemplate[],
  scope: Scope,
  failures: Failures,
): readonly Container[] {
  const bodies = containers.map(({ body }) => body)
  return renderAll<Container>(bodies, scope, failures).map(keyedContainer)
}

/** The results of these templates have the shape of T: this was checked when the profile was read. */
function renderAll<T>(templates: readonly Template[], scope: Scope, failures: Failures): readonly T[] {
  return templates.flatMap(template => {
    spend(unitsOfItem)
    return (evaluate(template, scope, failures) as T | undefined) ?? []
  })
}

// The cost of one item: to place it, to write its operation, and to record it in the status.
const unitsOfItem = 16

function unrenderable({ profile }: Chosen, failures: Failures): readonly Refusal[] {
  return failures.map(failure =>
    refusal(profile, 'denied', because('RequirementNotMet', faultOf(profile, failure))),
  )
}

/** The developer of the Pod reads this message, but cannot correct the profile. */
function faultOf({ name }: Profile, failure: string): string {
  return `profile ${name} cannot be applied to this Pod: ${failure}; the fault is in the profile: an admin has to correct it`
}

function asNative(container: Container): Container {
  return { ...container, restartPolicy: 'Always' }
}

/** A container whose lists have only items with a key. */
function keyedContainer(container: Container): Container {
  let result = container
  for (const field in container) {
    const items = container[field]
    if (!Array.isArray(items) || !Object.hasOwn(containerLists, field)) continue
    const left = itemsOf(containerLists[field as keyof typeof containerLists], items)
    // Nearly all have all.
    if (left.length < items.length) result = { ...result, [field]: left as Json }
  }
  return result
}
