import { isObject, type Json, type JsonObject } from '../json/json.ts'
import { fieldPath } from '../problems/problem.ts'
import type { Expression, Scope } from '../template/cel/cel.ts'
import type { Profile } from './profile.ts'
import { readProfile } from './read.ts'

export function clusterProfile(spec: JsonObject, name = 'logging'): JsonObject {
  return { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile', metadata: { name }, spec }
}

/** A profile that is expected to be right. */
export function accepted(object: JsonObject): Profile {
  const read = readProfile(object)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.profile
}

/** `field.path: message` for each thing that is wrong with a spec, whose containers need not have an image. */
export function problemsOf(spec: JsonObject): string[] {
  const withImages = (list: Json | undefined) =>
    Array.isArray(list) ? list.map(each => (isObject(each) ? { image: 'a:1', ...each } : each)) : list
  if (!isObject(spec)) return refused(clusterProfile(spec))
  const { containers, initContainers } = spec
  return refused(
    clusterProfile({
      ...spec,
      ...(containers !== undefined && { containers: withImages(containers) }),
      ...(initContainers !== undefined && { initContainers: withImages(initContainers) }),
    } as JsonObject),
  )
}

export function refused(object: Json): string[] {
  const read = readProfile(object)
  return 'problems' in read ? read.problems.map(({ path, message }) => `${fieldPath(path)}: ${message}`) : []
}

export const pod = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'web', ports: [{ containerPort: 8080 }], env: [{ name: 'A', value: '1' }] },
      { name: 'helper' },
    ],
  },
}

export const scope: Scope = {
  params: {},
  pod,
  namespaceObject: { name: 'shop', labels: { team: 'red' }, annotations: {} },
  app: pod.spec.containers[0]!,
  container: pod.spec.containers[1]!,
}

/** The value of an expression, or its error. */
export function evaluated(expression: Expression, more: Partial<Scope> = {}): Json | undefined {
  const result = expression.evaluate({ ...scope, ...more })
  return 'error' in result ? `error: ${result.error}` : result.value
}
