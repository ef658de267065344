import { expect, it } from 'vitest'
import { limits } from '../../limits/limits.ts'
import { profilesOf } from '../decide.fixture.ts'
import { strayAnnotations } from './stray.ts'

it('judges only so many annotations as a Pod may have, however many an object has that is not a Pod yet', () => {
  const keys = Array.from({ length: limits.ownAnnotations + 1 }, (_, index) => `pillion.dev/none.of-${index}`)
  const pod = { metadata: { annotations: Object.fromEntries(keys.map(key => [key, 'x'])) } }
  const namespace = { name: 'shop', labels: {}, annotations: {} }
  const judged = strayAnnotations({ pod, namespace }, [], profilesOf({})).map(({ key }) => key)
  expect(judged).toEqual(keys.slice(0, limits.ownAnnotations))
})
