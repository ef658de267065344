import { type JsonObject, metadataOf } from './json.ts'

/**
 * The keys of the stored profiles of one namespace that are more than may be used there: the youngest, and of equally
 * old ones those with the greater name. What is in use depends on nothing that the author of another profile chooses
 * later. n log n.
 */
export function beyondQuota(stored: ReadonlyMap<string, JsonObject>, limit: number): ReadonlySet<string> {
  if (stored.size <= limit) return none
  const byAge = [...stored].map(([key, object]) => ({ key, age: ageOf(object) }))
  byAge.sort((a, b) => compare(a.age, b.age))
  return new Set(byAge.slice(limit).map(({ key }) => key))
}

/** Why a profile is not used, and who can change that. Without the number of profiles, which changes with each new one. */
export function beyondQuotaMessage(limit: number): string {
  return `this namespace has more than ${limit} SidecarProfiles, and only the ${limit} oldest are used: delete some, or ask an admin of the cluster to raise --profiles-per-namespace (value profiles.perNamespace of the Helm chart)`
}

const none: ReadonlySet<string> = new Set()

/** The API server writes times to the second in UTC, so that they sort as text. No name has a space in it. */
function ageOf(object: JsonObject): string {
  const { creationTimestamp, name } = metadataOf(object)
  return `${String(creationTimestamp ?? '')} ${String(name)}`
}

/** Which of two stored profiles is older: negative when the first is. */
export function compareAge(a: JsonObject, b: JsonObject): number {
  return compare(ageOf(a), ageOf(b))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
