import { stringify } from 'yaml'
import { oneLine } from '../../problems/one-line.ts'
import type { Decided } from '../decide.ts'

/** The fields of a decision that a test case can expect. */
export const decisionFields = ['outcome', 'reason', 'message', 'warnings'] as const

/** A decision as expected.yaml has it. */
export interface ExpectedDecision {
  /** `Deployment/web`; left out if the manifest has only one workload. */
  readonly workload?: string
  readonly outcome: string
  readonly reason?: string
  readonly message?: string
  readonly warnings?: readonly string[]
}

type Reported = Pick<Decided, 'workload' | 'decision' | 'mistakes'>

/**
 * The text of expected.yaml for what Pillion decides: a document for each decision, then the resulting manifest, if there
 * is one.
 */
export function expectedText(decided: readonly Reported[], result: string | undefined): string {
  return textOf(decisionsOf(decided), result)
}

/** The same of decisions that were reported before. */
export function textOf(decisions: readonly ExpectedDecision[], result: string | undefined): string {
  const documents = decisions.map(decision =>
    stringify(decision, { lineWidth: 0, aliasDuplicateObjects: false }),
  )
  if (result === undefined) return documents.join('---\n')
  if (documents.length === 0) return result
  // The marker before a directive ends a document; any other marker also begins one.
  const marker = result.startsWith('%') ? '...\n' : result.startsWith('---') ? '' : '---\n'
  return `${documents.join('---\n')}${marker}${result}`
}

/** The decisions as a test case has them. Warnings are those that `pillion inject` prints. */
export function decisionsOf(decided: readonly Reported[]): readonly ExpectedDecision[] {
  return decided.map(({ workload, decision, mistakes }) => {
    const { outcome, reason, message } = decision
    const warnings = [...mistakes.map(mistake => mistake.message), ...decision.warnings.map(oneLine)]
    return {
      ...(decided.length > 1 && { workload: nameOf(workload) }),
      outcome,
      reason,
      message,
      ...(warnings.length > 0 && { warnings }),
    }
  })
}

/** `Deployment/web` */
export function nameOf({ kind, name }: Decided['workload']): string {
  return `${kind}/${name}`
}
