import type { Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { AppContainersTemplate, Profile } from '../../profile/profile.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { type Failures, isTrue } from '../../template/evaluate.ts'
import type { Cluster, Subject } from '../decision.ts'
import { annotation, type Container, type Pod } from '../pod.ts'
import { because } from '../reason.ts'
import type { Wanted } from '../resolve/resolve.ts'
import { type Refusal, refusal } from '../select/select.ts'
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
 * Of the wanted profiles, those whose lifecycle and requirements suit this cluster and the Pod as it was submitted.
 * `main` names its default container, where an earlier call wrote that down.
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

/** A container with the name of a regular sidecar is not the app's: an earlier call may have given it. */
function sidecarsOf(choices: readonly Pick<Chosen, 'profile' | 'isNative'>[]): ReadonlySet<string> {
  return new Set(
    choices.flatMap(({ profile, isNative }) => (isNative ? [] : profile.containers.map(({ name }) => name))),
  )
}

function scopeOf(
  { profile, params }: Pick<Chosen, 'profile' | 'params'>,
  { pod, namespace: { name, labels, annotations } }: Subject,
  app: readonly Container[],
): Scope {
  const scope: Scope = {
    params,
    pod,
    namespaceObject: { metadata: { name, labels, annotations } },
    app: app[0] ?? {},
  }
  const select = profile.appContainers[0]?.select ?? 'first'
  // What cannot be evaluated here is reported where the same condition selects containers.
  const [first = scope.app] = selected(select, app, scope, [])
  return { ...scope, app: first }
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
    const outcome = otherwise === 'skip' ? 'skipped' : 'denied'
    const what = `profile ${profile.name}: ${failures[0] ?? message}`
    return [refusal(profile, outcome, because('RequirementNotMet', what))]
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
  const available = hasNativeSidecars(kubernetesVersion)
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

function hasNativeSidecars(version: string): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map(part => Number.parseInt(part, 10))
  return major > 1 || (major === 1 && minor >= 29)
}

/**
 * The Pod's app containers: those of `containers` that are none of the `sidecars`. The one that
 * `kubectl.kubernetes.io/default-container` names comes first, so that another injector's container
 * put in front does not become "the first".
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

export function defaultContainerOf({ metadata }: Pod): string | undefined {
  return metadata?.annotations?.[annotation.defaultContainer]
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
