import { describe, expect, it } from 'vitest'
import type { LabelSelector } from '../../profile/schema/core-schema.ts'
import { matchesLabels } from './select.ts'

describe('matchesLabels', () => {
  const labels = { tier: 'web', empty: '' }
  const expression = (key: string, operator: string, values?: string[]) => ({
    matchExpressions: [{ key, operator, ...(values && { values }) }],
  })
  it.each<{ selector: LabelSelector; matches: boolean; why: string }>([
    { selector: {}, matches: true, why: 'an empty selector matches everything' },
    { selector: { matchLabels: { tier: 'web' } }, matches: true, why: 'the same value' },
    { selector: { matchLabels: { tier: 'db' } }, matches: false, why: 'another value' },
    { selector: { matchLabels: { team: 'a' } }, matches: false, why: 'no such label' },
    { selector: { matchLabels: { empty: '' } }, matches: true, why: 'an empty value is a value' },
    { selector: expression('tier', 'In', ['web', 'db']), matches: true, why: 'In' },
    { selector: expression('tier', 'In', ['db']), matches: false, why: 'In, not one of them' },
    { selector: expression('team', 'In', ['a']), matches: false, why: 'In, no such label' },
    { selector: expression('tier', 'NotIn', ['web']), matches: false, why: 'NotIn' },
    { selector: expression('tier', 'NotIn', ['db']), matches: true, why: 'NotIn, not one of them' },
    { selector: expression('team', 'NotIn', ['a']), matches: true, why: 'NotIn holds without the label' },
    { selector: expression('tier', 'Exists'), matches: true, why: 'Exists' },
    { selector: expression('team', 'Exists'), matches: false, why: 'Exists, no such label' },
    { selector: expression('tier', 'DoesNotExist'), matches: false, why: 'DoesNotExist' },
    { selector: expression('team', 'DoesNotExist'), matches: true, why: 'DoesNotExist, no such label' },
    { selector: expression('toString', 'Exists'), matches: false, why: 'what every object has is no label' },
    {
      selector: expression('tier', 'Like', ['web']),
      matches: false,
      why: 'an unknown operator matches nothing',
    },
    {
      selector: { matchLabels: { tier: 'web' }, ...expression('team', 'Exists') },
      matches: false,
      why: 'all parts must match',
    },
  ])('$why', ({ selector, matches }) => {
    expect(matchesLabels(selector, labels)).toBe(matches)
  })
})
