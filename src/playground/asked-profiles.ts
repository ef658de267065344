import { annotation } from '../engine/pod.ts'
import { resolve } from '../engine/resolve/resolve.ts'
import { namesTried, requestOf } from '../engine/select/select.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { DecidedPod } from './decide-all.ts'
import type { WorkloadAnswer } from './protocol.ts'

/** The profiles that a workload asks for, with their parameters and the values that these have. */
export function askedBy(
  { subject, decision }: Pick<DecidedPod, 'subject' | 'decision'>,
  profiles: Profiles,
): WorkloadAnswer['asked'] {
  const request = requestOf(subject)
  const names = request ? namesTried(request.value) : decision.profiles.map(({ name }) => name)
  return [...new Set(names)].flatMap(name => {
    const profile = profiles.find(name, subject.namespace.name)
    if (!profile) return []
    // A denied Pod has no parameters in its decision, and the form shows those that are right.
    const resolved = new Map(resolve(profile, subject).parameters.map(each => [each.name, each]))
    return [
      {
        name,
        description: profile.description ?? '',
        parameters: Object.entries(profile.parameters).map(([parameter, declared]) => ({
          ...declared,
          name: parameter,
          annotation: `${annotation.prefix}${name}.${parameter}`,
          ...(resolved.has(parameter) && { resolved: resolved.get(parameter)! }),
        })),
      },
    ]
  })
}
