import type { Cluster } from '../../engine/decision.ts'
import { annotation, type Namespace, type Pod } from '../../engine/pod.ts'
import { dueOf, isInCanary } from '../../engine/revise/revise.ts'
import { claimOf, statusOf } from '../../engine/status/status.ts'
import type { UpdateKind } from '../../engine/update/pod-update.ts'
import { updateTo } from '../../engine/update/update-to.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import { rolloutLabel } from '../../profile/rollout/marks.ts'
import { stagesOf } from '../../profile/rollout/stages.ts'
import { pinName } from '../../profile/schema/schema.ts'
import { placeOf } from '../sweep/workloads.ts'

/** What a new revision of a profile does to one Pod that has the profile. */
export interface PlannedPod {
  readonly namespace: string
  readonly name: string
  /** As kubectl names it: `deployment/web`. */
  readonly workload: string
  /** The revision that it has. */
  readonly from: string
  readonly kind: UpdateKind
  readonly outcome: Outcome
  /** The fields that differ. */
  readonly fields: readonly string[]
  /** Whether its workload is in the first share of the rollout; absent if that is all workloads. */
  readonly isFirst?: boolean
  /** Why nobody updates it, or why somebody must recreate it. */
  readonly because?: string
}

/**
 * `unchanged`: it has the revision. `inPlace`: Pillion patches it. `recreated`: Pillion evicts it, and its controller creates
 * another one. `byHand`: somebody must recreate it. `later`: it keeps what it has until it is created again.
 */
export const outcomes = ['inPlace', 'recreated', 'byHand', 'later', 'unchanged'] as const
export type Outcome = (typeof outcomes)[number]

/** The profiles of a plan, and what they are compared with. */
export interface Planning {
  /** The new revision. */
  readonly target: Profile
  /** The profiles in use. */
  readonly profiles: Profiles
  readonly cluster: Cluster
  /** The states of Pods in a rollout: src/cluster is loaded only when it is used. */
  readonly states: States
  /** In milliseconds since 1970. */
  readonly now: number
}

type States = typeof import('../../cluster/rollout/pod-state.ts') &
  typeof import('../../cluster/rollout/rollout-pod.ts')

/** The profile of this kind and place that a Pod of the namespace has, by its status; undefined if it has another one, or none. */
export function carriedBy(pod: Pick<Pod, 'metadata'>, namespace: string, { target, profiles }: Planning) {
  const inUse = profiles.find(target.name, namespace)
  const isSame = inUse?.kind === target.kind && inUse.namespace === target.namespace
  return isSame && claimOf(target.name, statusOf(pod as Pod)) ? inUse : undefined
}

/** What the new revision does to a Pod; undefined for a Pod that does not have the profile. */
export function plannedPod(pod: Pod, namespace: Namespace, planning: Planning): PlannedPod | undefined {
  const { target, profiles, cluster, states, now } = planning
  const inUse = carriedBy(pod, namespace.name, planning)
  const claimed = claimOf(target.name, statusOf(pod))
  if (!inUse || !claimed) return undefined
  const at = new Date(now).toISOString()
  const update = updateTo({ pod, namespace }, inUse, target, profiles, cluster, { at })
  const { kind, fields, because } = update
  const record = states.rolloutPod(pod, {
    revision: claimed.revision,
    due: target.revision,
    kind,
    ...(because !== undefined && { because }),
    containers: [...(claimed.initContainers ?? []), ...(claimed.containers ?? [])],
  })
  const [, controller = '', name = ''] = record.workload.split('/')
  return {
    namespace: record.namespace,
    name: record.name,
    workload: placeOf({ kind: controller, name }),
    from: claimed.revision,
    kind,
    fields,
    ...firstOf({ pod, namespace }, target),
    ...(kind === 'none' ? { outcome: 'unchanged' } : changeOf(record, { pod, namespace, at }, planning)),
  }
}

function firstOf(of: Parameters<typeof isInCanary>[1], target: Profile): Pick<PlannedPod, 'isFirst'> {
  const { rollout = {} } = target
  const [{ percent }] = stagesOf(rollout)
  if (percent === 100) return {}
  const { percent: _, ...selectors } = rollout.canary ?? {}
  const share = percent === undefined ? selectors : { percent }
  return { isFirst: isInCanary({ profile: target, ...share }, of) }
}

/** The same decision as in a rollout, in a namespace and for a Pod that take part in it. */
function changeOf(
  record: ReturnType<States['rolloutPod']>,
  { pod, namespace, at }: { readonly pod: Pod; readonly namespace: Namespace; readonly at: string },
  { target, profiles, states, now }: Planning,
): Pick<PlannedPod, 'outcome' | 'because'> {
  const { rollout = {} } = target
  const inUse = profiles.find(target.name, namespace.name)
  const due = inUse && dueOf({ pod, namespace }, inUse, profiles)
  if (due?.because !== 'canary' && due?.because !== 'stable' && due?.profile.revision !== target.revision)
    return {
      outcome: 'later',
      because: `an annotation ${annotation.prefix}${target.name}.${pinName} pins it`,
    }
  if (namespace.labels?.[rolloutLabel] === 'disabled')
    return { outcome: 'later', because: `its namespace has the label ${rolloutLabel}=disabled` }
  if ((rollout.update ?? 'OnCreate') === 'OnCreate')
    return { outcome: 'later', because: 'spec.rollout.update is OnCreate' }
  const stable = inUse?.revision ?? ''
  const status = { phase: 'Progressing', stable, canary: target.revision, since: at } as const
  const is = states.stateOf(record, { rollout, status }, now)
  if (is.state === 'needsRecreate') return { outcome: 'byHand', because: is.message }
  return { outcome: rollout.update === 'Recreate' && record.kind !== 'metadata' ? 'recreated' : 'inPlace' }
}
