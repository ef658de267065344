import { isDeepStrictEqual } from 'node:util'
import type { Api } from '../../src/cluster/api/api.ts'
import { profilePaths } from '../../src/cluster/profile/profiles.ts'
import { decide } from '../../src/engine/decide.ts'
import { applied } from '../../src/engine/patch/apply.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { isInCanary as isIn } from '../../src/engine/revise/revise.ts'
import { isObject, type Json, type JsonObject } from '../../src/json/json.ts'
import { type Canary, collect } from '../../src/profile/accept/profiles.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { readProfile } from '../../src/profile/read.ts'
import type { Sample } from './samples.ts'

/** What is wrong with a Pod that the API server created. */
export interface Finding {
  readonly verdict: 'without' | 'wrong'
  readonly message: string
}

export type Plans = ReturnType<typeof createPlans>

/**
 * What the engine of this repository plans for a sample, with any of the revisions that the profiles had. It is compared
 * with what the API server stored. Throws for a profile that is not valid.
 */
export function createPlans(profiles: readonly JsonObject[]) {
  const revisions = new Map<string, Profile>()
  const expected = new Map<string, Pod>()
  const rollouts = new Map<string, Canary>()
  for (const profile of profiles) add(profile)

  /** From now on, Pods may have this revision, too. */
  function add(object: JsonObject): string {
    const read = readProfile(object)
    if ('problems' in read) throw new Error(JSON.stringify(read.problems))
    const { profile } = read
    revisions.set(`${profile.name} ${profile.revision}`, profile)
    return profile.revision
  }

  /** From now on, a share of the workloads must get the revision of this profile, and the others must not. */
  function roll(object: JsonObject, percent: number): string {
    const revision = add(object)
    const profile = [...revisions.values()].find(each => each.revision === revision) as Profile
    rollouts.set(profile.name, { profile, percent })
    return revision
  }

  /** The Pod that the API server must store, as far as the sample and Pillion decide it. */
  function planned({ name, namespace, pod }: Sample, chosen: readonly Profile[]): Pod {
    const key = [name, ...chosen.map(({ revision }) => revision)].join()
    const known = expected.get(key)
    if (known) return known
    const { profiles } = collect(chosen)
    const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
    const decision = decide({ pod, namespace, operation: 'CREATE' }, profiles, cluster)
    if (decision.outcome === 'denied') throw new Error(`${name} is denied: ${decision.message}`)
    const plan = applied(pod, decision.patch)
    expected.set(key, plan)
    return plan
  }

  /** Undefined if the Pod is as planned. */
  function find(sample: Sample, stored: JsonObject): Finding | undefined {
    const given = revisionsIn(stored)
    const missing = sample.profiles.filter(name => !(name in given))
    if (missing.length > 0) return { verdict: 'without', message: `without ${missing.join(' and ')}` }
    const additional = Object.keys(given).filter(name => !sample.profiles.includes(name))
    if (additional.length > 0) return { verdict: 'wrong', message: `with ${additional.join(' and ')}` }
    const chosen: Profile[] = []
    for (const [name, revision] of Object.entries(given)) {
      const profile = revisions.get(`${name} ${revision}`)
      if (!profile)
        return { verdict: 'wrong', message: `it has revision ${revision} of ${name}, which no spec had` }
      const canary = rollouts.get(name)
      const isInCanary = canary && isIn(canary, { pod: stored as Pod, namespace: sample.namespace })
      if (canary && isInCanary !== (revision === canary.profile.revision)) {
        const message = `it has revision ${revision} of ${name}, but its workload is ${isInCanary ? '' : 'not '}in the canary`
        return { verdict: 'wrong', message }
      }
      chosen.push(profile)
    }
    const difference = differenceOf(planned(sample, chosen), stored, '')
    return difference === undefined ? undefined : { verdict: 'wrong', message: difference }
  }

  return { add, roll, find, endRollouts: () => rollouts.clear() }
}

/** Plans with the profiles of the cluster as they are stored: the API server sorts the members of a map. */
export async function plansOf(api: Api): Promise<Plans> {
  const plans = createPlans([])
  for await (const { items } of api.pages(profilePaths.ClusterSidecarProfile)) items.map(plans.add)
  return plans
}

/** The revisions that a Pod has, by profile. */
export function revisionsIn({ metadata }: JsonObject): Readonly<Record<string, string>> {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  const text = isObject(annotations) ? annotations['pillion.dev/status'] : undefined
  const { profiles = {} } = JSON.parse(typeof text === 'string' ? text : '{}') as {
    profiles?: Readonly<Record<string, { readonly revision: string }>>
  }
  return Object.fromEntries(Object.entries(profiles).map(([name, { revision }]) => [name, revision]))
}

/**
 * The first place where a Pod is not as planned. The API server adds members to objects, but no items to lists, and no lists
 * except those below.
 */
function differenceOf(plan: Json | undefined, stored: unknown, path: string): string | undefined {
  // The load gives each Pod a name of its own.
  if (path === '/metadata/name' || path === '/metadata/generateName') return undefined
  if (isObject(plan) && isObject(stored)) {
    const isByServer = (key: string) => {
      const at = `${path}/${key}`
      if (byServer.includes(at)) return true
      return !Array.isArray(stored[key]) && !at.startsWith('/metadata/annotations')
    }
    for (const key of new Set([...Object.keys(plan), ...Object.keys(stored)])) {
      if (!(key in plan) && isByServer(key)) continue
      const difference = differenceOf(plan[key], stored[key], `${path}/${key}`)
      if (difference) return difference
    }
    return undefined
  }
  if (Array.isArray(plan) && Array.isArray(stored) && plan.length === stored.length) {
    for (const [i, item] of plan.entries()) {
      const difference = differenceOf(item, stored[i], `${path}/${i}`)
      if (difference) return difference
    }
    return undefined
  }
  if (isDeepStrictEqual(plan, stored)) return undefined
  return `${path} is ${shortened(stored)}, but the plan says ${shortened(plan)}`
}

const byServer = ['/metadata/managedFields', '/spec/tolerations', '/status/conditions']

function shortened(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 300)
}
