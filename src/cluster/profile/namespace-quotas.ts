import { type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { fairShare } from '../../profile/accept/fair-share.ts'
import { type Beyond, beyondQuota } from '../../profile/accept/namespace-quota.ts'
import { storedBytes } from '../../profile/accept/stored-size.ts'

/** Which SidecarProfiles are beyond what their namespace may have. */
export interface NamespaceQuotas {
  note(namespace: string, id: string, object: JsonObject | undefined): void
  /** Decides again where something has changed; gives those of which it decided otherwise than before. */
  rank(namespace: string): Iterable<string>
  /** One profile of each namespace that must be ranked again because its share is another one. */
  reshared(): Iterable<readonly [namespace: string, id: string]>
  beyond(namespace: string, id: string): Beyond | undefined
  /** Those that have profiles. */
  namespaces(): Iterable<string>
}

/** In the measure of `storedBytes`. */
export interface QuotaBytes {
  readonly perNamespace: number
  readonly ofAll: number
}

export const quotaBytes: QuotaBytes = {
  perNamespace: limits.namespaceProfileBytes,
  ofAll: limits.allNamespacesProfileBytes,
}

/**
 * What namespaces want is what all their profiles hold, up to what one may have. When that is too much together, those
 * that want most have the same share each, and others lose nothing to them.
 */
export function namespaceQuotas(count: number, bytes: QuotaBytes = quotaBytes): NamespaceQuotas {
  const namespaces = new Map<string, Members>()
  let share = Number.POSITIVE_INFINITY
  let wantedByAll = 0
  let isShareKnown = true

  const wantedBy = ({ bytes: held }: Members) => Math.min(held, bytes.perNamespace)
  // One that can never be used takes no room.
  const sizeOf = (object: JsonObject | undefined) => {
    const size = object ? storedBytes(object) : 0
    return size > bytes.perNamespace ? 0 : size
  }

  return {
    note(namespace, id, object) {
      const members = namespaces.get(namespace) ?? {
        stored: new Map(),
        bytes: 0,
        beyond: new Map(),
        isRanked: false,
      }
      const before = members.stored.get(id)
      const wanted = wantedBy(members)
      members.bytes += sizeOf(object) - sizeOf(before)
      if (wantedBy(members) !== wanted) isShareKnown = false
      wantedByAll += wantedBy(members) - wanted
      if (object) members.stored.set(id, object)
      else members.stored.delete(id)
      if (members.stored.size === 0) namespaces.delete(namespace)
      else namespaces.set(namespace, members)
      if (!before || !object || isOther(before, object)) members.isRanked = false
    },
    rank(namespace) {
      const members = namespaces.get(namespace)
      if (!members || members.isRanked) return []
      members.isRanked = true
      const { stored, beyond: before } = members
      members.beyond = beyondQuota(stored, { count, bytes: bytes.perNamespace, share })
      const either = new Set([...before.keys(), ...members.beyond.keys()])
      return [...either].filter(id => before.get(id) !== members.beyond.get(id))
    },
    reshared() {
      if (isShareKnown) return []
      isShareKnown = true
      const before = share
      const isEnough = wantedByAll <= bytes.ofAll
      share = isEnough
        ? Number.POSITIVE_INFINITY
        : fairShare([...namespaces.values()].map(wantedBy), bytes.ofAll)
      if (share === before) return []
      const others: (readonly [string, string])[] = []
      for (const [namespace, members] of namespaces) {
        if (wantedBy(members) <= Math.min(share, before)) continue
        members.isRanked = false
        const [id = ''] = members.stored.keys()
        others.push([namespace, id])
      }
      return others
    },
    beyond: (namespace, id) => namespaces.get(namespace)?.beyond.get(id),
    namespaces: () => namespaces.keys(),
  }
}

interface Members {
  readonly stored: Map<string, JsonObject>
  /** What they hold together. */
  bytes: number
  beyond: ReadonlyMap<string, Beyond>
  isRanked: boolean
}

function isOther(before: JsonObject, object: JsonObject): boolean {
  return (
    metadataOf(before)['uid'] !== metadataOf(object)['uid'] || storedBytes(before) !== storedBytes(object)
  )
}
