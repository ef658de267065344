import type { Scope } from '../../template/cel/cel.ts'
import { isTrue } from '../../template/evaluate.ts'
import type { Cluster, Subject } from '../decision.ts'
import type { Container } from '../pod.ts'
import { because } from '../reason.ts'
import type { Wanted } from '../resolve/resolve.ts'
import type { Refusal } from '../select/select.ts'
import { appContainers, defaultContainerOf, selected } from './app-containers.ts'
import { lifecycleOf } from './lifecycle.ts'
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
    return [{ name: profile.name, profile, outcome, ...because('RequirementNotMet', what) }]
  })
}
