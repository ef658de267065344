import type { Decision, ProfileDecision, ResolvedParameter } from '../../engine/decision.ts'
import { annotation, type Pod } from '../../engine/pod.ts'
import { whereToRead } from '../../engine/reason.ts'
import type { Workload } from '../manifests/workload.ts'
import { injectedLines, sidecarsIn } from './injected-text.ts'

/** A decision as text: the outcome and, for each profile, what was injected and where its parameters come from. */
export function decisionText(
  { outcome, reason, message, profiles, warnings, patch }: Decision,
  known: readonly string[],
  set: readonly string[] = [],
  pod?: Pod,
): string {
  const denial = outcome === 'denied'
  const sidecars = sidecarsIn(patch, pod)
  return lines([
    `${outcome} (${reason})`,
    ...indented(message),
    ...(denial ? indented(whereToRead(reason)) : []),
    ...(reason === 'NotRequested' ? indented(howToRequest(known)) : []),
    ...warnings.flatMap(warning => indented(`warning: ${warning}`)),
    ...(denial ? [] : profiles.flatMap(profile => profileLines(profile, set, sidecars))),
  ])
}

/** The same as JSON. */
export function decisionJson({ kind, name, namespace }: Workload, decision: Decision): object {
  const { outcome, reason, message, profiles, warnings } = decision
  return { kind, name, ...(namespace && { namespace }), outcome, reason, message, warnings, profiles }
}

function howToRequest(known: readonly string[]): string {
  const all = known.length > 0 ? ` (profiles: ${known.join(', ')})` : ''
  return `to request profiles, add the annotation ${annotation.inject}: NAME[, NAME…] to the Pod${all}`
}

function profileLines(
  { name, revision, outcome, reason, message, parameters, injected }: ProfileDecision,
  set: readonly string[],
  sidecars: ReadonlySet<string>,
): string[] {
  const id = revision === undefined ? name : `${name}@${revision}`
  return [
    `  ${id}: ${outcome}${injected ? '' : ` (${reason})`}`,
    ...(injected ? injectedLines(injected, sidecars) : indented(message, 4)),
    ...parameters.map(
      parameter =>
        `    ${parameter.name} = ${JSON.stringify(parameter.value)}  (${sourceOf(name, parameter, set)})`,
    ),
  ]
}

function sourceOf(profile: string, { name, from }: ResolvedParameter, set: readonly string[]): string {
  if (from === 'default') return 'default'
  if (from === 'namespace' && set.some(each => each.startsWith(`${profile}.${name}=`))) return '--set'
  const key = `${annotation.prefix}${profile}.${name}`
  return from === 'pod' ? `annotation ${key}` : `annotation ${key} of the namespace`
}

function indented(text: string, spaces = 2): string[] {
  return text.split('\n').map(line => `${' '.repeat(spaces)}${line}`)
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
