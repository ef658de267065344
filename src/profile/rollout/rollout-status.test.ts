import { describe, expect, it } from 'vitest'
import type { Json } from '../../json/json.ts'
import { phases } from '../schema/rollout-schema.ts'
import { rolloutStatusIn } from './rollout-status.ts'

describe('the rollout in a status', () => {
  it.each(phases)('is read in the phase %s', phase => {
    const rollout = { phase, stable: 'aaaaaaaaaa', message: 'x' }
    expect(rolloutStatusIn({ status: { rollout } })).toBe(rollout)
  })

  it.each<{ rollout: Json }>([
    { rollout: null },
    { rollout: 'Paused' },
    { rollout: [] },
    { rollout: { stable: 'aaaaaaaaaa' } },
    { rollout: { phase: 'Paused' } },
    { rollout: { phase: 'Paused', stable: 1 } },
    { rollout: { phase: 'Running', stable: 'aaaaaaaaaa' } },
  ])('is undefined if the object has $rollout', ({ rollout }) => {
    expect(rolloutStatusIn({ status: { rollout } })).toBeUndefined()
  })
})
