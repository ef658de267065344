import type { Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { fieldPath, type Path, type Problem } from '../../problems/problem.ts'
import { allowedLevel, remedy } from '../../profile/pod-security/level.ts'
import { type Level, violations } from '../../profile/pod-security/rules.ts'
import type { Subject } from '../decision.ts'
import type { Named } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import type { RenderedProfile } from '../render/render.ts'
import { onAccountOf } from '../render/share.ts'

/**
 * The SidecarProfiles that would add something to this Pod that the users of its namespace may not add themselves. The user
 * who creates the Pod does not matter. Checked here, because expressions now have their values. Only admins write
 * ClusterSidecarProfiles, so these may add everything.
 */
export function exceedLevel(
  injections: readonly RenderedProfile[],
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
): readonly Refusal[] {
  const level = allowedLevel(namespace.labels)
  return injections.flatMap(injection =>
    injection.profile.namespace === undefined
      ? []
      : onAccountOf(injection.profile, () => exceeding(injection, level, { pod, namespace })),
  )
}

function exceeding(
  injection: RenderedProfile,
  level: Level,
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
): readonly Refusal[] {
  const { profile, initContainers, containers, volumes } = injection
  const content = {
    initContainers,
    containers,
    volumes: volumes.map(({ volume }) => volume),
    annotations: injection.pod.annotations ?? {},
  }
  spend((initContainers.length + containers.length) * unitsOfContainer)
  const problems = violations(content, level, pod.spec ?? {})
  spend(problems.length * unitsOfProblem)
  if (problems.length === 0) return []
  const shown = problems.slice(0, mostShown).map(problem => described(problem, content))
  const rest = problems.length > mostShown ? [`and ${problems.length - mostShown} more`] : []
  const what = `profile ${profile.name}: ${[...shown, ...rest].join(', ')}; ${remedy(namespace.name)}`
  return [refusal(profile, 'denied', because('PodSecurity', what))]
}

const mostShown = 3
// Every rule looks at each container: 6.4 µs at the level restricted. A problem takes 0.4 µs.
const unitsOfContainer = 128
const unitsOfProblem = 8

/** By the names of containers and volumes, because their indices in the Pod differ from those in the profile. */
function described(
  { path, message }: Problem,
  content: Readonly<Record<string, Json | readonly Named[]>>,
): string {
  const [list, index, ...rest] = path as [string, string | number, ...Path]
  const items = content[list]
  if (!Array.isArray(items)) return `${fieldPath(path)}: ${message}`
  const what = list === 'volumes' ? 'volume' : 'container'
  return `${what} ${items[Number(index)].name}: ${fieldPath(rest)}: ${message}`
}
