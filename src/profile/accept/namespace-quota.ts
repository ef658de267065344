import { type JsonObject, metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { storedBytes } from './stored-size.ts'

/** What the SidecarProfiles of one namespace may have. */
interface Quota {
  readonly count: number
  /** As `storedBytes` measures. Default: `limits.namespaceProfileBytes`. */
  readonly bytes?: number
  /** Its share of what all namespaces may have together. Default: no limit. */
  readonly share?: number
}

/** The limit that a profile exceeds; `unlisted` if it no longer exceeds one but its spec is not known yet. */
export type Beyond = 'count' | 'bytes' | 'share' | 'unlisted'

/**
 * The keys of the stored profiles of a namespace that exceed its quota, with the limit that they exceed. The oldest are in
 * use, then by name, up to the first one that does not fit. So no profile goes out of use because a younger one is created,
 * another one is deleted, or the quota grows. A profile that alone is larger than the quota takes no room. n log n.
 */
export function beyondQuota(
  stored: ReadonlyMap<string, JsonObject>,
  { count, bytes = limits.namespaceProfileBytes, share = Number.POSITIVE_INFINITY }: Quota,
): ReadonlyMap<string, Beyond> {
  const beyond = new Map<string, Beyond>()
  const byAge = Array.from(stored, ([key, object]) => ({
    key,
    age: ageOf(object),
    size: storedBytes(object),
  }))
  let [used, usedBytes] = [0, 0]
  let limit: Beyond | undefined
  for (const { key, size } of byAge.sort((a, b) => compareText(a.age, b.age))) {
    const isTooLarge = size > bytes
    used += isTooLarge ? 0 : 1
    usedBytes += isTooLarge ? 0 : size
    if (used > count) limit ??= 'count'
    if (usedBytes > bytes) limit ??= 'bytes'
    if (usedBytes > share) limit ??= 'share'
    if (isTooLarge || limit) beyond.set(key, isTooLarge ? 'bytes' : limit!)
  }
  return beyond
}

/** Why a profile is not used, and who can change that. It leaves out the current number, which changes all the time. */
export function beyondQuotaMessage(beyond: Beyond, { count }: Pick<Quota, 'count'>): string {
  return messages[beyond](count)
}

/** Why a new profile is denied. */
export function quotaReachedMessage({ count }: Pick<Quota, 'count'>): string {
  return `this namespace has ${count} SidecarProfiles in use, and may have no more: ${askForMore}`
}

const askForMore =
  'delete some, or ask an admin of the cluster to raise --profiles-per-namespace (value profiles.perNamespace of the Helm chart)'

const kib = (bytes: number) => `${bytes / 1_024} KiB`
const counted = `counted as JSON, with ${limits.valueBytes} bytes more for each value`

const messages: Readonly<Record<Beyond, (count: number) => string>> = {
  count: count =>
    `this namespace has more than ${count} SidecarProfiles, and only the ${count} oldest are used: ${askForMore}`,
  bytes: () =>
    `the SidecarProfiles of this namespace are larger than ${kib(limits.namespaceProfileBytes)} together, and only the oldest that fit are in use: delete some that nobody needs, or make them smaller (${counted})`,
  share: () =>
    `the SidecarProfiles of all namespaces are larger than ${kib(limits.allNamespacesProfileBytes)} together, and those of this namespace larger than its share, of which only the oldest that fit are in use: make them smaller, or ask an admin of the cluster which namespaces have large ones (${counted})`,
  unlisted: () =>
    'there was no room for this profile when Pillion read it last; there is room now, and it is in use when Pillion has listed all profiles again, within 30 minutes',
}

/** The API server writes times to the second in UTC, so that they sort as text. No name has a space in it. */
function ageOf(object: JsonObject): string {
  const { creationTimestamp, name } = metadataOf(object)
  return `${String(creationTimestamp ?? '')} ${String(name)}`
}

/** Which of two stored profiles is older: negative when the first is. */
export function compareAge(a: JsonObject, b: JsonObject): number {
  return compareText(ageOf(a), ageOf(b))
}

/** By code units, not by the rules of a language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
