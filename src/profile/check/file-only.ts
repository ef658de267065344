import { isObject, type Json } from '../../json/json.ts'
import { realTypes, type Schema, schemaAt } from '../../json/schema.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'

/** Advice on expressions for a whole list or object, which a file may have and a custom resource may not. */
export function onlyInFiles(
  value: Json | undefined,
  path: Path,
  schema: Schema | undefined,
): readonly Problem[] {
  if (typeof value === 'string') {
    const isWhole = realTypes(schema).some(type => type === 'array' || type === 'object')
    return isWhole && value.includes('$(') ? [{ path, message: whole }] : []
  }
  const members = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  if (!schema) return []
  return members.flatMap(([step, member]: readonly [string | number, Json | undefined]) =>
    onlyInFiles(member, [...path, step], schemaAt(schema, [step])),
  )
}

const whole =
  'is an expression for a whole list or object: this works in a file, and is refused as a custom resource'

/** The problem that a profile changes nothing in any Pod; undefined if it does. */
export function givesNothing(profile: Profile): Problem | undefined {
  const { volumes, initContainers, containers, appContainers, pod } = profile
  const gives =
    volumes.length + initContainers.length + containers.length + Object.keys(pod).length > 0 ||
    appContainers.some(
      ({ env, envFrom, volumeMounts }) => env.length + envFrom.length + volumeMounts.length > 0,
    )
  const message =
    'adds nothing to a Pod: it has no container, volume, change to an app container or Pod field'
  return gives ? undefined : { path: ['spec'], message }
}
