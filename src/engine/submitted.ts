import type { Json, JsonObject } from '../profile/json.ts'
import { stepsOf } from '../profile/pointer.ts'
import type { Profile } from '../profile/profile.ts'
import { believed } from './believed.ts'
import type { Pod } from './pod.ts'
import { statusOf } from './status.ts'
import { uninject } from './uninject.ts'

/**
 * The Pod as its author submitted it: without what its status says these profiles added. Expressions see
 * this one, so that they give the same when the API server calls again on the result. Shares all it can
 * with the Pod it is given.
 */
export function submitted(pod: Pod, profiles: readonly Profile[]): Pod {
  const status = statusOf(pod)
  const removals = status ? uninject(pod, believed(status, profiles)) : []
  return removals.reduce<Json>((document, removal) => without(document, stepsOf(removal.path)), pod) as Pod
}

function without(value: Json, [step = '', ...rest]: readonly string[]): Json {
  if (Array.isArray(value)) {
    const i = Number(step)
    return rest.length > 0 ? value.with(i, without(value[i], rest)) : value.toSpliced(i, 1)
  }
  const { [step]: member, ...others } = value as JsonObject
  return rest.length > 0 ? { ...(value as JsonObject), [step]: without(member as Json, rest) } : others
}
