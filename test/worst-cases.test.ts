import { describe, expect, it } from 'vitest'
import { review } from '../src/admission/review.ts'
import type { Outcome } from '../src/engine/decision.ts'
import type { Reason } from '../src/engine/reason.ts'
import { counting } from '../src/profile/budget.ts'
import { limits } from '../src/profile/limits.ts'
import { reviewingOf } from './worst-cases/reviewed.ts'
import { worstCases } from './worst-cases/worst-cases.ts'

/** Work is counted, not timed, so that these hold on any machine; bench/worst-cases.ts has the times. */
describe('the worst cases', () => {
  it.each(Object.keys(worstCases))(
    '%s: within the budget, and the same each time',
    name => {
      const { body, profiles } = worstCases[name]!()
      const reviewing = reviewingOf(profiles)
      const [first, second] = [spentOn(body, reviewing), spentOn(body, reviewing)]
      expect(second).toEqual(first)
      expect(first.units).toBeLessThan(limits.reviewUnits + limits.expressionUnits)
      expect(first.message.length).toBeLessThanOrEqual(limits.messageLength)
      expect(first.patchBytes).toBeLessThanOrEqual(limits.patchBytes)
      if (first.patchBytes === 0) expect(first.answerBytes).toBeLessThan(65_536)
      expect(first.result).toBe(results[name])
    },
    60_000,
  )
})

/** What becomes of each: those that are large and harmless are injected. */
const results: Readonly<Record<string, `${Outcome}: ${Reason}`>> = {}

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
