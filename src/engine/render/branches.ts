import type { JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Expression, Scope } from '../../template/cel/cel.ts'
import { isTrue } from '../../template/evaluate.ts'
import { contentsOf, type Template } from '../../template/template.ts'
import type { Subject } from '../decision.ts'
import { resolve } from '../resolve/resolve.ts'
import { appContainers, scopeOf, selected } from './render.ts'

/** A condition of a profile: the expression of a requirement, or a `when`. */
export interface Branch {
  /** Its field: `spec.requires[0].expression`. */
  readonly field: string
  readonly source: string
}

/** All conditions of a profile, in the order of its spec. */
export function branchesOf(profile: Profile): readonly Branch[] {
  const branches: Branch[] = []
  const add = (field: string, { source }: Expression) => {
    branches.push({ field, source })
  }
  for (const [i, { expression }] of profile.requires.entries()) add(requirementField(i), expression)
  const walk = (template: Template) => {
    if (template.kind === 'when') add(fieldPath(template.path), template.condition)
    for (const part of contentsOf(template).parts ?? []) walk(part)
  }
  for (const template of [...ofPod(profile), ...profile.appContainers.flatMap(ofApp)]) walk(template)
  return branches
}

/** Which ways a Pod goes in a profile that it requests. */
export interface Taken {
  /** The values of the parameters, as expressions see them. */
  readonly params: JsonObject
  /** The results of the conditions by field; several for the `when` of several app containers. */
  readonly branches: readonly (readonly [field: string, isTrue: boolean])[]
}

/**
 * Which parameters and branches of a profile a Pod uses; undefined if its parameters are not valid. A `when` inside
 * another one, or after a requirement that the Pod does not meet, is not reached if that is false.
 */
export function takenBy(subject: Subject, profile: Profile): Taken | undefined {
  const { params, refused } = resolve(profile, subject)
  if (refused.length > 0) return undefined
  const app = appContainers(subject.pod, new Set(profile.containers.map(({ name }) => name)))
  const scope = scopeOf({ profile, params }, subject, app)
  const branches: [string, boolean][] = []
  const took = (field: string, condition: Expression, inside: Scope) => {
    const failures: string[] = []
    const holds = isTrue(condition, [], inside, failures)
    // What fails denies the Pod, and is neither.
    if (failures.length === 0) branches.push([field, holds])
    return holds
  }
  const isMet = profile.requires
    .map(({ expression }, i) => took(requirementField(i), expression, scope))
    .every(Boolean)
  if (!isMet) return { params, branches }
  const walk = (template: Template, inside: Scope) => {
    if (template.kind === 'when' && !took(fieldPath(template.path), template.condition, inside)) return
    for (const part of contentsOf(template).parts ?? []) walk(part, inside)
  }
  for (const template of ofPod(profile)) walk(template, scope)
  for (const each of profile.appContainers)
    for (const container of selected(each.select, app, scope, []))
      for (const template of ofApp(each)) walk(template, { ...scope, container })
  return { params, branches }
}

function requirementField(index: number): string {
  return fieldPath(['spec', 'requires', index, 'expression'])
}

function ofPod({ volumes, initContainers, containers, pod }: Profile): readonly Template[] {
  return [...volumes, ...initContainers, ...containers].map(({ body }) => body).concat(Object.values(pod))
}

function ofApp({ env, envFrom, volumeMounts }: Profile['appContainers'][number]): readonly Template[] {
  return [...env, ...envFrom, ...volumeMounts]
}
