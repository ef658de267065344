import type { Decision, ProfileDecision, ResolvedParameter } from '../engine/decision.ts'
import type { Mistake } from '../engine/mistakes/mistake.ts'
import { annotation, type Pod } from '../engine/pod.ts'
import { whereToRead } from '../engine/reason.ts'
import type { Workload } from '../manifest/workload.ts'
import { listNames } from '../problems/nearest.ts'
import { injectedLines, sidecarsIn } from './injected-text.ts'

/** A decision, with the source of the request and the mistakes of its author. */
export interface Explained {
  readonly decision: Decision
  readonly requestedBy: string | undefined
  readonly mistakes: readonly Mistake[]
}

/** As text: the outcome, the source of the request and, for each profile, what was injected and where its parameters come from. */
export function decisionText(
  { decision, requestedBy, mistakes }: Explained,
  known: readonly string[],
  set: readonly string[] = [],
  pod?: Pod,
): string {
  const { outcome, reason, message, profiles, warnings, patch } = decision
  const denial = outcome === 'denied'
  const sidecars = sidecarsIn(patch, pod)
  return lines([
    `${outcome} (${reason})`,
    ...indented(message),
    ...(denial ? indented(whereToRead(reason)) : []),
    ...(requestedBy === undefined ? [] : indented(`requested by ${requestedBy}`)),
    ...(reason === 'NotRequested' && !saysWhatToWrite(mistakes) ? indented(howToRequest(known)) : []),
    ...mistakes.flatMap(({ message }) => indented(`warning: ${message}`)),
    ...warnings.flatMap(warning => indented(`warning: ${warning}`)),
    ...(denial ? [] : profiles.flatMap(profile => profileLines(profile, set, sidecars))),
  ])
}

/** The same as JSON. */
export function decisionJson({
  workload,
  decision,
  requestedBy,
  mistakes,
}: Explained & { readonly workload: Workload }): object {
  const { kind, name, namespace } = workload
  const { outcome, reason, message, profiles, warnings } = decision
  return {
    kind,
    name,
    ...(namespace && { namespace }),
    outcome,
    reason,
    message,
    ...(requestedBy !== undefined && { requestedBy }),
    mistakes,
    warnings,
    profiles,
  }
}

/** A mistake may have the line to write already. */
function saysWhatToWrite(mistakes: Explained['mistakes']): boolean {
  return mistakes.some(({ message }) => message.includes(`write ${annotation.inject}`))
}

function howToRequest(known: readonly string[]): string {
  const all = known.length > 0 ? ` (profiles: ${listNames(known)})` : ''
  return `to request profiles, add the annotation ${annotation.inject}: NAME[, NAME…] to the Pod${all}`
}

function profileLines(
  { name, revision, revisionBecause, outcome, reason, message, parameters, injected }: ProfileDecision,
  set: readonly string[],
  sidecars: ReadonlySet<string>,
): string[] {
  const id = revision === undefined ? name : `${name}@${revision}`
  const because = revisionBecause === undefined ? '' : ` (${revisionBecause})`
  return [
    `  ${id}${because}: ${outcome}${injected ? '' : ` (${reason})`}`,
    ...(injected ? injectedLines(injected, sidecars) : indented(message, 4)),
    ...(outcome === 'skipped' ? indented(whereToRead(reason), 4) : []),
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
