import type { Json } from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import type { Template } from '../../template/compile.ts'
import type { Profile } from '../profile.ts'
import { type Level, levels, open, violations } from './rules.ts'

/** On a namespace: what its SidecarProfiles may hold. Its `edit` users cannot label it. */
export const levelLabel = 'pillion.dev/sidecar-profiles'

/** https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces */
const enforceLabel = 'pod-security.kubernetes.io/enforce'

type Labels = Readonly<Record<string, string>>

/**
 * What SidecarProfiles may add to Pods of a namespace: what the admin's label says, `baseline` without one, and never
 * more than the namespace enforces for everybody's Pods. Whoever is exempt from that creates Pods, and the profile was
 * written by somebody else: the exemption is not for them.
 */
export function allowedLevel(labels: Labels): Level {
  const own = levelNamed(labels[levelLabel]) ?? 'baseline'
  const enforced = labels[enforceLabel]
  // As Pod Security itself takes a word that it does not know.
  const most = enforced === undefined ? 'privileged' : (levelNamed(enforced) ?? 'restricted')
  return levels[Math.max(levels.indexOf(own), levels.indexOf(most))]!
}

/**
 * What a SidecarProfile holds that Pods of a namespace with these labels may not get from it, as far as that is known
 * without a Pod: what an expression gives is judged when a Pod is. A ClusterSidecarProfile may hold everything.
 */
export function excesses(profile: Profile, labels: Labels): readonly Problem[] {
  if (profile.namespace === undefined) return []
  const level = allowedLevel(labels)
  const found = known.get(profile)?.get(level) ?? judge(profile, level)
  known.set(profile, new Map([...(known.get(profile) ?? []), [level, found]]))
  return found
}

/** What the author of the profile can do about it. */
export function remedy(namespace: string): string {
  return (
    `remove it, or ask an admin of the cluster for the label ${levelLabel} on namespace ${namespace} (a stricter level that the ` +
    'namespace enforces still counts) or for a ClusterSidecarProfile'
  )
}

const known = new WeakMap<Profile, ReadonlyMap<Level, readonly Problem[]>>()

function judge(profile: Profile, level: Level): readonly Problem[] {
  const { initContainers, containers, volumes, pod } = profile
  const content = {
    initContainers: initContainers.map(({ body }) => constant(body)),
    containers: containers.map(({ body }) => constant(body)),
    volumes: volumes.map(({ body }) => constant(body)),
    ...(pod.annotations && { annotations: constant(pod.annotations) }),
  }
  return violations(content, level).map(({ path, message }) => ({
    path: path[0] === 'annotations' ? ['spec', 'pod', ...path] : ['spec', ...path],
    message: `${message}; ${remedy(String(profile.namespace))}`,
  }))
}

/** With `open` in place of what an expression gives. What has a condition is there. */
function constant(template: Template): Json {
  switch (template.kind) {
    case 'constant':
      return template.value
    case 'list':
      return template.items.map(constant)
    case 'object':
      return Object.fromEntries(template.members.map(([key, member]) => [key, constant(member)]))
    case 'when':
      return constant(template.body)
    case 'json':
    case 'leaf':
      return open
  }
}

function levelNamed(word: string | undefined): Level | undefined {
  return levels.find(level => level === word)
}
