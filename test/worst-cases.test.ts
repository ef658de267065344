import { describe, expect, it } from 'vitest'
import { review } from '../src/admission/review.ts'
import type { Outcome } from '../src/engine/decision.ts'
import type { Reason } from '../src/engine/reason.ts'
import { counting } from '../src/limits/budget.ts'
import { limits } from '../src/limits/limits.ts'
import { reviewingOf } from './worst-cases/reviewed.ts'
import { worstCases } from './worst-cases/worst-cases.ts'

/** Work is counted, not timed, so that these hold on any machine; `node test/worst-cases/print.ts` prints times. */
describe('the worst cases', () => {
  it.each(Object.keys(worstCases))('%s: within the budget, and the same each time', name => {
    const { body, profiles } = worstCases[name]!()
    const reviewing = reviewingOf(profiles)
    const [first, second] = [spentOn(body, reviewing), spentOn(body, reviewing)]
    expect(second).toEqual(first)
    // The last charge is of what was too much, is made before the work, and nothing came after it.
    expect(first.units).toBeLessThan(limits.reviewUnits + mostAtOnce)
    expect(first.message.length).toBeLessThanOrEqual(limits.messageLength)
    expect(first.patchBytes).toBeLessThanOrEqual(limits.patchBytes)
    if (first.patchBytes === 0) expect(first.answerBytes).toBeLessThan(65_536)
    expect(first.result).toBe(results[name] ?? first.result)
  })
})

/** The keys of 80,000 annotations, read by each of 100 expressions. */
const mostAtOnce = 1_500_000

/**
 * What becomes of each: those that are large and harmless are injected. Of expressions and patterns by the hundred
 * only the work is asserted.
 */
const results: Readonly<Record<string, `${Outcome}: ${Reason}`>> = {
  ...Object.fromEntries(
    Object.keys(worstCases)
      .filter(name => !/^(short|long) expressions|patterns$/.test(name))
      .map(name => [name, 'denied: LimitExceeded'] as const),
  ),
  'an ordinary Pod and profile': 'injected: Injected',
  '3 MB of containers that do not opt in': 'skipped: NotRequested',
  '256 containers and the five heaviest profiles of the catalog': 'injected: Injected',
  'all items, and the five heaviest profiles of the catalog': 'injected: Injected',
  '87,000 annotations and labels, 64 profiles that add 128 labels': 'injected: Injected',
  '64 unknown names of 3,000': 'denied: UnknownProfile',
  '500 stray annotations, 64 profiles with 64 parameters': 'denied: UnknownParameter',
  'names of control characters and halves of characters': 'denied: UnknownProfile',
  'a status that claims as many items as it has room for': 'unchanged: Unchanged',
  'volumes that look for a mount in 256 containers': 'denied: LimitExceeded',
  'pull secrets by the thousand': 'injected: Injected',
  'sidecars that are there already, with all items': 'unchanged: Unchanged',
  'the whole Pod as JSON in 128 variables': 'injected: Injected',
}

function spentOn(body: unknown, reviewing: ReturnType<typeof reviewingOf>) {
  let units = 0
  const reviewed = counting(
    () => review(body, reviewing),
    spent => {
      units = spent
    },
  )
  if (!('decision' in reviewed)) throw new Error('no decision', { cause: reviewed })
  const { decision, response } = reviewed
  const { patch = '' } = response.response
  return {
    units,
    result: `${decision.outcome}: ${decision.reason}`,
    message: decision.message,
    patchBytes: Buffer.byteLength(patch, 'base64'),
    answerBytes: Buffer.byteLength(JSON.stringify(response)),
  }
}
