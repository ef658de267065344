import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inUse, profileDocuments } from './laws/arbitrary.ts'
import { seedOf } from './seed.ts'

it.each([
  { what: 'the same one in CI', environment: { CI: 'true' }, seed: 1 },
  { what: 'another one each time elsewhere', environment: {}, seed: expect.not.toBeOneOf([0, 1]) },
  { what: 'where CI is off, too', environment: { CI: 'false' }, seed: expect.not.toBeOneOf([0, 1]) },
  { what: 'the one that is chosen', environment: { CI: 'true', PILLION_SEED: '-7' }, seed: -7 },
  { what: 'in 32 bits', environment: { PILLION_SEED: '19000000000' }, seed: 1_820_130_816 },
])('the seed of random tests is $what', ({ environment, seed }) => {
  expect(seedOf(environment)).toEqual(seed)
})

it('a seed that is no number is refused', () => {
  expect(() => seedOf({ PILLION_SEED: 'now' })).toThrow('PILLION_SEED is "now"; it takes a whole number')
})

it('the seed of this run decides every draw, that of the pools of profiles as well', () => {
  expect(fc.readConfigureGlobal().seed).toBe(seedOf(process.env))
  const drawn = () => fc.sample(inUse(profileDocuments), 5).map(each => fc.stringify(each))
  expect(drawn()).toEqual(drawn())
})
