import { type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { fairShare } from '../../profile/accept/fair-share.ts'
import { type Beyond, beyondQuota } from '../../profile/accept/namespace-quota.ts'
import { storedBytes } from '../../profile/accept/stored-size.ts'

export type QuotaBytes = Readonly<Record<'perNamespace' | 'ofAll', number>>

/** As `storedBytes` measures. */
export const quotaBytes: QuotaBytes = {
  perNamespace: limits.namespaceProfileBytes,
  ofAll: limits.allNamespacesProfileBytes,
}

/**
 * Decides which SidecarProfiles exceed the quota of their namespace. A namespace wants the bytes of all its profiles, up to
 * `perNamespace`. If all want more than `ofAll` together, the largest namespaces get an equal share and small ones all.
 */
export function namespaceQuotas(count: number, bytes: QuotaBytes = quotaBytes) {
  const namespaces = new Map<string, Members>()
  let share = Number.POSITIVE_INFINITY
  let wantedByAll = 0
  let isShareKnown = true

  const wantedBy = ({ bytes: held }: Members) => Math.min(held, bytes.perNamespace)
  // A profile that can never be used takes no room.
  const sizeOf = (object: JsonObject | undefined) => {
    const size = object ? storedBytes(object) : 0
    return size > bytes.perNamespace ? 0 : size
  }

  return {
    note(namespace: string, id: string, object: JsonObject | undefined): void {
      const members = namespaces.get(namespace) ?? noMembers()
      const before = members.stored.get(id)
      const wanted = wantedBy(members)
      members.bytes += sizeOf(object) - sizeOf(before)
      if (wantedBy(members) !== wanted) isShareKnown = false
      wantedByAll += wantedBy(members) - wanted
      if (object) members.stored.set(id, object)
      else members.stored.delete(id)
      if (members.stored.size === 0) namespaces.delete(namespace)
      else namespaces.set(namespace, members)
      if (uidAndSize(before) !== uidAndSize(object)) members.isRanked = false
    },
    /** Decides again if something has changed; returns the profiles with another decision than before. */
    rank(namespace: string): readonly string[] {
      const members = namespaces.get(namespace)
      if (!members || members.isRanked) return []
      members.isRanked = true
      const { stored, beyond: before } = members
      members.beyond = beyondQuota(stored, { count, bytes: bytes.perNamespace, share })
      const either = new Set([...before.keys(), ...members.beyond.keys()])
      return [...either].filter(id => before.get(id) !== members.beyond.get(id))
    },
    /** One profile of each namespace that must be ranked again because its share has changed. */
    reshared(): readonly (readonly [namespace: string, id: string])[] {
      if (isShareKnown) return []
      isShareKnown = true
      const before = share
      const isEnough = wantedByAll <= bytes.ofAll
      // Most changes need no look at all namespaces.
      share = isEnough ? Infinity : fairShare([...namespaces.values()].map(wantedBy), bytes.ofAll)
      if (share === before) return []
      return [...namespaces].flatMap(([namespace, members]) => {
        if (wantedBy(members) <= Math.min(share, before)) return []
        members.isRanked = false
        const [id = ''] = members.stored.keys()
        return [[namespace, id] as const]
      })
    },
    beyond: (namespace: string, id: string): Beyond | undefined => namespaces.get(namespace)?.beyond.get(id),
    /** The namespaces that have profiles. */
    namespaces: () => namespaces.keys(),
  }
}

type Members = ReturnType<typeof noMembers>

function noMembers() {
  return {
    stored: new Map<string, JsonObject>(),
    bytes: 0,
    beyond: new Map() as ReadonlyMap<string, Beyond>,
    isRanked: false,
  }
}

function uidAndSize(object: JsonObject | undefined): string | undefined {
  return object && `${metadataOf(object)['uid']} ${storedBytes(object)}`
}
