import type { Profile } from '../../profile/profile.ts'
import { annotation, type Namespace } from '../pod.ts'
import { isEnabled } from '../select/not-called.ts'
import { enabled, isUsableIn, matchesLabels } from '../select/select.ts'

/**
 * The warning that `autoInject` of a profile has no effect: none of the namespaces that it selects is enabled, and the API
 * server calls Pillion for every Pod only in enabled namespaces. Undefined if `autoInject` has an effect or is not set.
 * Linear in the number of namespaces.
 */
export function idleAutoInject(profile: Profile, namespaces: Iterable<Namespace>): string | undefined {
  const { autoInject, namespace: own } = profile
  if (!autoInject) return undefined
  const { namespaceSelector = {} } = autoInject
  for (const namespace of namespaces) {
    if (!isEnabled(namespace) || (own ?? namespace.name) !== namespace.name) continue
    if (isUsableIn(profile, namespace.labels) && matchesLabels(namespaceSelector, namespace.labels))
      return undefined
  }
  const label = `${annotation.inject}=${enabled}`
  return `autoInject has no effect yet: no namespace that it selects has the label ${label}; an admin sets it: kubectl label namespace ${own ?? 'NAME'} ${label}`
}
