import { describe, expect, it } from 'vitest'
import { issued } from './certificates.fixture.ts'
import { rightBundle } from './webhook-configuration.ts'

const [ours, next, strange, dead] = await Promise.all([
  issued(),
  issued(),
  issued(),
  issued({ fromMs: -7_200_000 }),
])
const bundleOf = (...parts: (string | { stored: { cert: string } })[]) =>
  Buffer.from(parts.map(part => (typeof part === 'string' ? part : part.stored.cert)).join('')).toString(
    'base64',
  )

describe('rightBundle', () => {
  it.each([
    { what: 'the authority', bundle: bundleOf(ours), wanted: [ours] },
    { what: 'more than what is wanted', bundle: bundleOf(strange, ours), wanted: [ours] },
    { what: 'another order', bundle: bundleOf(ours, next), wanted: [next, ours] },
    { what: 'nothing, when what is wanted has expired', bundle: '', wanted: [dead] },
  ])('leaves alone what has $what', ({ bundle, wanted }) => {
    expect(
      rightBundle(
        bundle,
        wanted.map(({ stored }) => stored),
        { now: Date.now() },
      ),
    ).toBeUndefined()
  })

  it('removes what was issued before the time from which CAs are trusted', async () => {
    const [now, old] = [Date.now(), await issued({ fromMs: -1_200_000 })]
    const right = rightBundle(bundleOf(old, ours), [ours.stored], { now, trustedFrom: now - 600_000 })
    expect(right).toBe(bundleOf(ours))
  })

  it('removes what claims to be of the future, once something was revoked', async () => {
    const [now, future] = [Date.now(), await issued({ fromMs: 600_000 })]
    const bundle = bundleOf(future, ours)
    expect(rightBundle(bundle, [ours.stored], { now })).toBeUndefined()
    expect(rightBundle(bundle, [ours.stored], { now, trustedFrom: now - 600_000 })).toBe(bundleOf(ours))
  })

  it.each([
    { what: 'is empty', bundle: '', wanted: [ours], right: bundleOf(ours) },
    { what: 'lacks one', bundle: bundleOf(ours), wanted: [next, ours], right: bundleOf(next, ours) },
    {
      what: "lacks ours, and keeps a stranger's",
      bundle: bundleOf(strange),
      wanted: [ours],
      right: bundleOf(ours, strange),
    },
    { what: 'has an expired one', bundle: bundleOf(dead, ours), wanted: [ours], right: bundleOf(ours) },
    { what: 'is no PEM', bundle: 'AAAA', wanted: [ours], right: bundleOf(ours) },
    {
      what: 'has what is no certificate',
      bundle: bundleOf(ours, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      wanted: [ours],
      right: bundleOf(ours),
    },
  ])('puts right what $what', ({ bundle, wanted, right }) => {
    expect(
      rightBundle(
        bundle,
        wanted.map(({ stored }) => stored),
        { now: Date.now() },
      ),
    ).toBe(right)
  })
})
