import type { Problem } from './problem.ts'
import type { Profile } from './profile.ts'
import { leavesIn } from './template.ts'

/** Advice on what a file may have and a custom resource may not: an expression for a whole list or object. */
export function onlyInFiles(profile: Profile): readonly Problem[] {
  const { volumes, initContainers, containers, appContainers, pod } = profile
  const templates = [
    ...[...volumes, ...initContainers, ...containers].map(({ body }) => body),
    ...appContainers.flatMap(({ env, envFrom, volumeMounts }) => [...env, ...envFrom, ...volumeMounts]),
    ...Object.values(pod),
  ]
  const whole = templates.flatMap(leavesIn).filter(({ check }) => check !== undefined)
  const message =
    'is an expression for a whole list or object: this works in a file, and is refused as a custom resource'
  return whole.map(({ path }) => ({ path, message }))
}

/** That a profile changes nothing in any Pod. */
export function givesNothing(profile: Profile): Problem | undefined {
  const { volumes, initContainers, containers, appContainers, pod } = profile
  const gives =
    volumes.length + initContainers.length + containers.length + Object.keys(pod).length > 0 ||
    appContainers.some(
      ({ env, envFrom, volumeMounts }) => env.length + envFrom.length + volumeMounts.length > 0,
    )
  const message = 'gives a Pod nothing: no container, volume, change of an app container or field of the Pod'
  return gives ? undefined : { path: ['spec'], message }
}
