import type { WorkloadOutcome } from '../../protocol.ts'
import { element } from '../element.ts'

/** An outcome with its reason. The reason says nothing new if the Pod is injected. */
export function outcomeBadge(outcome: WorkloadOutcome | undefined): readonly (Node | string)[] {
  if (!outcome) return ['–']
  const { outcome: kind, reason } = outcome
  const badge = element('strong', { className: `badge ${kind}`, textContent: kind })
  return reason && reason !== 'Injected' ? [badge, element('span', {}, reason)] : [badge]
}
