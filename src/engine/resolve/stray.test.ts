import { expect, it } from 'vitest'
import { limits } from '../../limits/limits.ts'
import { profilesOf } from '../decide.fixture.ts'
import { strayAnnotations } from './stray.ts'

it('reads no more annotations of a template than the limit for a Pod', () => {
  const keys = Array.from({ length: limits.ownAnnotations + 1 }, (_, index) => `pillion.dev/none.of-${index}`)
  const pod = { metadata: { annotations: Object.fromEntries(keys.map(key => [key, 'x'])) } }
  const namespace = { name: 'shop', labels: {}, annotations: {} }
  const judged = strayAnnotations({ pod, namespace }, [], profilesOf({})).map(({ key }) => key)
  expect(judged).toEqual(keys.slice(0, limits.ownAnnotations))
})
