import type { JsonObject } from '../../json/json.ts'
import type { NamedTemplate, Profile } from '../../profile/profile.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { isTrue } from '../../template/evaluate.ts'
import { specialize } from '../../template/specialize.ts'
import type { Template } from '../../template/template.ts'

/** What a profile renders, as far as it is known. */
export type Templates = Pick<
  Profile,
  'requires' | 'volumes' | 'initContainers' | 'containers' | 'appContainers' | 'pod'
>

/** A profile's templates, specialised for its parameters; without what gives nothing to any Pod. */
export function specializeProfile(profile: Profile, params: JsonObject): Templates {
  const scope: Scope = { params, pod: {}, namespaceObject: {}, app: {}, container: {} }
  const list = (templates: readonly Template[]) => templates.flatMap(each => specialize(each, scope) ?? [])
  const named = (containers: readonly NamedTemplate[]) =>
    containers.flatMap(({ name, body }) => list([body]).map(known => ({ name, body: known })))
  const { requires, volumes, initContainers, containers, appContainers, pod } = profile
  return {
    requires: requires.filter(
      ({ expression }) => expression.reads !== 'nothing' || !isTrue(expression, [], scope, []),
    ),
    volumes: volumes.flatMap(({ body, adopt }) => {
      const known = adopt && specialize(adopt, scope)
      return list([body]).map(volume => ({ body: volume, ...(known && { adopt: known }) }))
    }),
    initContainers: named(initContainers),
    containers: named(containers),
    appContainers: appContainers.map(({ select, env, envFrom, volumeMounts }) => ({
      select,
      env: list(env),
      envFrom: list(envFrom),
      volumeMounts: list(volumeMounts),
    })),
    pod: Object.fromEntries(
      Object.entries(pod).flatMap(([field, body]) => list([body]).map(known => [field, known])),
    ),
  }
}
