import type { Problem } from '../../problems/problem.ts'
import { knownValue, type Template } from '../../template/template.ts'
import type { Profile } from '../profile.ts'
import { type Level, levels, open, violations } from './rules.ts'

/** The label of a namespace that says what its SidecarProfiles may contain. Users with the role `edit` cannot set it. */
export const levelLabel = 'pillion.dev/sidecar-profiles'

/** https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces */
const enforceLabel = 'pod-security.kubernetes.io/enforce'

type Labels = Readonly<Record<string, string>>

/**
 * What SidecarProfiles may add to Pods of a namespace: the level of the admin's label, else `baseline`, and never more than
 * the namespace enforces. Exemptions of Pod Security are for the user who creates a Pod; they do not count here, because
 * another user wrote the profile.
 */
export function allowedLevel(labels: Labels): Level {
  const own = levelNamed(labels[levelLabel]) ?? 'baseline'
  const enforced = labels[enforceLabel]
  // Pod Security itself treats an unknown level as `restricted`.
  const most = enforced === undefined ? 'privileged' : (levelNamed(enforced) ?? 'restricted')
  return levels[Math.max(levels.indexOf(own), levels.indexOf(most))]!
}

/**
 * What a SidecarProfile contains although a namespace with these labels does not allow it, as far as that is known without
 * a Pod: results of expressions are judged for each Pod. A ClusterSidecarProfile may contain everything.
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
  return `remove it, or ask an admin of the cluster for the label ${levelLabel} on namespace ${namespace} (a stricter level that the namespace enforces still counts) or for a ClusterSidecarProfile`
}

const known = new WeakMap<Profile, ReadonlyMap<Level, readonly Problem[]>>()

function judge(profile: Profile, level: Level): readonly Problem[] {
  const { annotations } = profile.pod
  const known = (items: readonly { readonly body: Template }[]) =>
    items.map(({ body }) => knownValue(body, open))
  const content = {
    initContainers: known(profile.initContainers),
    containers: known(profile.containers),
    volumes: known(profile.volumes),
    ...(annotations && { annotations: knownValue(annotations, open) }),
  }
  return violations(content, level).map(({ path, message }) => ({
    path: path[0] === 'annotations' ? ['spec', 'pod', ...path] : ['spec', ...path],
    message: `${message}; ${remedy(String(profile.namespace))}`,
  }))
}

function levelNamed(word: string | undefined): Level | undefined {
  return levels.find(level => level === word)
}
