import type { Scope } from '../profile/cel.ts'
import type { Profile } from '../profile/profile.ts'
import { appContainers, selected } from './app-containers.ts'
import type { Cluster, ResolvedParameter, Subject } from './decision.ts'
import { lifecycleOf } from './lifecycle.ts'
import type { Container } from './pod.ts'
import { because } from './reason.ts'
import { holds } from './render.ts'
import type { Refusal } from './select.ts'
import { submitted } from './submitted.ts'

/** A profile that a Pod gets, with what it is rendered from. */
export interface Chosen {
  readonly profile: Profile
  readonly parameters: readonly ResolvedParameter[]
  /** Its `containers` become native sidecars. */
  readonly isNative: boolean
  readonly scope: Scope
}

/** Of the resolved profiles, those whose lifecycle and requirements suit this Pod and cluster. */
export function meetRequirements(
  resolved: readonly Pick<Chosen, 'profile' | 'parameters'>[],
  subject: Subject,
  cluster: Cluster,
): { readonly chosen: readonly Chosen[]; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = []
  const running = resolved.flatMap(choice => {
    const lifecycle = lifecycleOf(choice.profile, subject, cluster)
    if ('isNative' in lifecycle) return [{ ...choice, ...lifecycle }]
    refused.push(lifecycle.refused)
    return []
  })
  // Not offered to expressions as the app: a container of the Pod with the name of a regular sidecar.
  const sidecars = new Set(
    running.flatMap(({ profile, isNative }) => (isNative ? [] : profile.containers.map(({ name }) => name))),
  )
  const pod = submitted(
    subject.pod,
    resolved.map(({ profile }) => profile),
  )
  const app = appContainers(pod, ({ name }) => sidecars.has(name))
  const chosen = running
    .map(choice => ({ ...choice, scope: scopeOf(choice, { ...subject, pod }, app) }))
    .filter(({ profile, scope }) => {
      const unmet = unmetRequirements(profile, scope)
      refused.push(...unmet)
      return unmet.length === 0
    })
  return { chosen, refused }
}

function scopeOf(
  { profile, parameters }: Pick<Chosen, 'profile' | 'parameters'>,
  { pod, namespace: { name, labels, annotations } }: Subject,
  app: readonly Container[],
): Scope {
  const scope: Scope = {
    params: Object.fromEntries(parameters.map(parameter => [parameter.name, parameter.value])),
    pod,
    namespaceObject: { metadata: { name, labels, annotations } },
    app: app[0] ?? {},
  }
  const select = profile.appContainers[0]?.select ?? 'first'
  // What cannot be evaluated here is reported where the same condition selects containers.
  const [first = scope.app] = selected(select, app, scope, [])
  return { ...scope, app: first }
}

function unmetRequirements(profile: Profile, scope: Scope): readonly Refusal[] {
  return profile.requires.flatMap(({ expression, message, otherwise }, i) => {
    const failures: string[] = []
    if (holds(expression, ['spec', 'requires', i, 'expression'], scope, failures)) return []
    const outcome = otherwise === 'skip' ? 'skipped' : 'denied'
    const what = `profile ${profile.name}: ${failures[0] ?? message}`
    return [{ name: profile.name, profile, outcome, ...because('RequirementNotMet', what) }]
  })
}
