import type { JsonObject } from '../../src/json/json.ts'
import { limits } from '../../src/limits/limits.ts'
import { text } from './hostile.ts'
import { hostileProfile } from './hostile-profile.ts'
import { times } from './near.ts'
import { podAtLimits } from './pod-at-limits.ts'
import { profileAtLimits } from './profile-at-limits.ts'
import type { Random } from './random.ts'
import type { Step } from './step.ts'

const put = (object: JsonObject): Step => ({ do: 'put', object })
const putAll = (objects: readonly JsonObject[]): Step => ({ do: 'put all', objects })

export const anyProfile = (random: Random, name?: string) =>
  random.chance(0.6) ? profileAtLimits(random, name) : hostileProfile(random, name)

export function askingFor(names: string, namespace = 'team-a'): Step & { readonly do: 'review' } {
  const annotations = { 'pillion.dev/inject': names }
  return {
    do: 'review',
    namespace,
    pod: { metadata: { name: 'pod', annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
  }
}

export function namespaceOf(random: Random, name: string): JsonObject {
  const annotations = random.pick<JsonObject>([
    { 'pillion.dev/inject': 'hostile-0' },
    { 'pillion.dev/inject': 'logging,hostile-0' },
    { 'pillion.dev/inject': 'none' },
    { 'pillion.dev/inject': text(random, 200_000) },
    { 'pillion.dev/hostile.text': text(random, 100_000) },
    Object.fromEntries(times(random.size(2_000), i => [`pillion.dev/hostile.p${i}`, 'x'])),
    Object.fromEntries(times(random.size(10_000), i => [`other${i}`, 'x'])),
    {},
  ])
  const labels = random.pick<JsonObject>([
    { 'pillion.dev/inject': 'enabled' },
    {},
    Object.fromEntries(times(random.size(5_000), i => [`l${i}`, 'x'])),
  ])
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } }
}

const inNamespace = (object: JsonObject, namespace: string, name?: string): JsonObject => {
  const metadata = object['metadata'] as JsonObject
  return { ...object, metadata: { ...metadata, namespace, ...(name !== undefined && { name }) } }
}

/** Profile added, Pod reviewed, profile changed, deleted, replica restarted, in any order. */
export function sequence(random: Random): readonly Step[] {
  const profiles = times(random.between(1, 4), i => anyProfile(random, `hostile-${i}`))
  const names = profiles.map((_, i) => `hostile-${i}`)
  const step: readonly (() => Step)[] = [
    () => put(random.pick(profiles)),
    () => put(anyProfile(random, 'hostile-0')),
    () => ({ do: 'delete', object: random.pick(profiles) }),
    () => ({ do: 'review', namespace: random.pick(['team-a', 'team-b']), pod: podAtLimits(random, names) }),
    () => askingFor('hostile-0'),
    () => askingFor(names.join(','), 'team-b'),
    () => (random.chance(0.3) ? { do: 'restart' } : askingFor('hostile-0')),
    () => put(namespaceOf(random, random.pick(['team-a', 'team-b']))),
    () => ({ do: 'validate', object: random.pick(profiles) }),
    // Edits that come quicker than what they cost.
    () => putAll(times(random.size(60), i => ({ ...random.pick(profiles), extra: i }))),
    () =>
      putAll(times(random.size(60), i => inNamespace(profiles[i % profiles.length] as JsonObject, 'team-b'))),
  ]
  return times(random.between(3, 8), () => random.pick(step)())
}

/** As many profiles as a namespace may have, and more. */
export function manyProfiles(random: Random): readonly Step[] {
  const count = random.pick([limits.profilesPerNamespace, limits.profilesPerNamespace + 1, random.size(200)])
  const some = times(random.between(1, 3), () => anyProfile(random))
  const objects = times(count, i =>
    inNamespace(some[i % some.length] as JsonObject, 'team-a', `hostile-${i}`),
  )
  const names = objects.slice(0, limits.requestedProfiles).map((_, i) => `hostile-${i}`)
  return [
    putAll(objects),
    askingFor(names.join(',')),
    { do: 'review', namespace: 'team-a', pod: podAtLimits(random, names) },
    ...(random.chance(0.2) ? ([{ do: 'restart' }, askingFor(names.join(','))] as const) : []),
  ]
}

/** Many namespaces, some with profiles of their own. */
export function manyNamespaces(random: Random): readonly Step[] {
  const names = times(random.size(300), i => `team-${i}`)
  const profile = anyProfile(random, 'hostile-0')
  const few = names.slice(0, 40)
  return [
    putAll(names.map(name => namespaceOf(random, name))),
    putAll(few.map(name => inNamespace(profile, name))),
    ...few.slice(0, 3).map(name => askingFor('hostile-0', name)),
    putAll(names.map(name => namespaceOf(random, name))),
    askingFor('hostile-0', random.pick(few)),
  ]
}
