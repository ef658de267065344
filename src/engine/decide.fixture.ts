import jsonPatch from 'fast-json-patch'
import type { Json, JsonObject } from '../json/json.ts'
import { type Canary, collect, type Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import { readProfile } from '../profile/read.ts'
import { decide } from './decide.ts'
import type { Cluster, Decision, Subject } from './decision.ts'
import type { Operation, Removal } from './patch/apply.ts'
import { uninject } from './patch/uninject.ts'
import { annotation, type Container, type Named, type Namespace, type Pod, type Strings } from './pod.ts'

/** Small Pods, profiles and clusters for the engine's tests, and the steps that most of them take. */
export const cluster: Cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set(['kube-system']) }
export const olderCluster: Cluster = { ...cluster, kubernetesVersion: '1.28' }
export const namespace: Namespace = { name: 'shop', labels: {}, annotations: {} }

/** Cluster-wide profiles by name, each written as the `spec` of its YAML; an invalid one throws. */
export function profilesOf(specs: { readonly [name: string]: object }): Profiles {
  const kind = 'ClusterSidecarProfile'
  return collect(
    Object.entries(specs).map(([name, spec]) => profileOf({ kind, metadata: { name }, spec: spec as Json })),
  ).profiles
}

/**
 * Profiles in a cluster that keeps revisions. `stable` are in use, `next` are being rolled out to a share of the workloads,
 * and `kept` are the earlier ones, the newest first.
 */
export function withRevisions(
  stable: Profiles,
  {
    next,
    share = {},
    kept = [],
  }: {
    readonly next?: Profiles
    readonly share?: Omit<Canary, 'profile'>
    readonly kept?: readonly Profiles[]
  },
): Profiles {
  const versionsOf = ({ name, namespace = '' }: Profile) =>
    [...(next ? [next] : []), stable, ...kept].flatMap(all => all.find(name, namespace) ?? [])
  return {
    ...stable,
    canaryOf: profile => {
      const canary = next?.find(profile.name, profile.namespace ?? '')
      return canary && canary.revision !== profile.revision ? { profile: canary, ...share } : undefined
    },
    revisionOf: (profile, revision) => versionsOf(profile).find(each => each.revision === revision),
    revisionsOf: profile => [...new Set(versionsOf(profile).map(({ revision }) => revision))],
  }
}

export function profileOf(object: JsonObject) {
  const read = readProfile({ apiVersion: 'pillion.dev/v1alpha1', ...object })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.profile
}

/** A Pod with one app container, `app`, unless its spec says otherwise. */
export function podOf(spec: JsonObject = {}, metadata: JsonObject = {}): Pod {
  return { metadata: { name: 'cart', ...metadata }, spec: { containers: [container('app')], ...spec } } as Pod
}

/** The same, asking for profiles as the annotation is written. */
export function podAsking(request: string, spec: JsonObject = {}, annotations: Strings = {}): Pod {
  return podOf(spec, { annotations: { [annotation.inject]: request, ...annotations } })
}

export function container(name: string, fields: JsonObject = {}): Container {
  return { name, image: `example/${name}:1`, ...fields }
}

type Circumstances = Partial<Omit<Subject, 'pod'>> & { readonly cluster?: Cluster }

export function subjectOf(pod: Pod, { cluster: _, ...others }: Circumstances = {}): Subject {
  return { pod, namespace, operation: 'CREATE', ...others }
}

export function decideOn(pod: Pod, profiles: Profiles, circumstances: Circumstances = {}): Decision {
  return decide(subjectOf(pod, circumstances), profiles, circumstances.cluster ?? cluster)
}

/** The Pod as the API server would have it after our patch; throws when the Pod is denied. */
export function injectInto(pod: Pod, profiles: Profiles, circumstances: Circumstances = {}): Pod {
  const { outcome, message, patch } = decideOn(pod, profiles, circumstances)
  if (outcome === 'denied') throw new Error(message)
  return apply(pod, patch)
}

export function uninjected(pod: Pod): Pod {
  return apply(pod, uninject(pod))
}

/** Applies operations strictly (RFC 6902) to a copy: one that cannot be applied throws. */
export function apply(pod: Pod, operations: readonly (Operation | Removal)[]): Pod {
  const copied = structuredClone(operations) as jsonPatch.Operation[]
  return jsonPatch.applyPatch(pod, copied, true, false).newDocument
}

export function names(items: readonly { readonly name: string }[] | undefined): readonly string[] {
  return (items ?? []).map(({ name }) => name)
}

/** A Pod's status annotation, parsed. */
export function statusIn(pod: Pod): unknown {
  return JSON.parse(pod.metadata?.annotations?.[annotation.status] ?? 'null')
}

/** A Pod with a status annotation that somebody else wrote. */
export function withStatus(pod: Pod, status: unknown): Pod {
  const text = typeof status === 'string' ? status : JSON.stringify(status)
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [annotation.status]: text } },
  }
}

/** The item of that name, or undefined. */
export function byName<T extends Named>(items: readonly T[] | undefined, name: string): T | undefined {
  return items?.find(item => item.name === name)
}
