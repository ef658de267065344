import type { Decision } from '../../engine/decision.ts'
import type { Workload } from '../../manifest/workload.ts'

/** One line about what became of each workload: `deployment/web: injected log-tail; job/x: skipped, nothing asks`. */
export function summaryOf(
  results: readonly { readonly workload: Workload; readonly result: string }[],
): string {
  if (results.length === 0) return 'no workloads: there is no Pod and no Pod template in these manifests'
  const shown = results.slice(0, mostShown)
  const more = results.length - shown.length
  const texts = shown.map(
    ({ workload, result }) => `${workload.kind.toLowerCase()}/${workload.name}: ${result}`,
  )
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

const mostShown = 10

/** What a decision does to a workload, in a few words. */
export function resultOf({ outcome, reason, profiles }: Decision): string {
  const names = profiles.filter(each => each.outcome === 'injected').map(({ name }) => name)
  if (outcome === 'injected') return `injected ${names.join(', ')}`
  if (outcome === 'unchanged') return 'unchanged'
  return reason === 'NotRequested' ? 'skipped, nothing asks for a profile' : `${outcome} (${reason})`
}
