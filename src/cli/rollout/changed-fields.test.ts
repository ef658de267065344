import { describe, expect, it } from 'vitest'
import { changedFields } from './changed-fields.ts'

describe('changedFields', () => {
  const container = (image: string, more = {}) => ({ name: 'log-tail', image, ...more })

  it.each([
    { what: 'nothing', before: { a: 1 }, after: { a: 1 }, fields: [] },
    {
      what: 'a container by its name',
      before: { containers: [container('a:1')] },
      after: { containers: [container('a:2')] },
      fields: ['containers[log-tail].image'],
    },
    {
      what: 'a container that is new',
      before: { containers: [container('a:1')] },
      after: { containers: [{ name: 'first', image: 'b' }, container('a:1')] },
      fields: ['containers[first]'],
    },
    {
      what: 'a list of texts as one field',
      before: { containers: [container('a:1', { args: ['a'] })] },
      after: { containers: [container('a:1', { args: ['b'] })] },
      fields: ['containers[log-tail].args'],
    },
    {
      what: 'a list whose names are not unique as one field',
      before: { env: [{ name: 'A' }, { name: 'A' }] },
      after: { env: [{ name: 'A' }] },
      fields: ['env'],
    },
    { what: 'what is gone', before: { a: { b: 1 } }, after: {}, fields: ['a'] },
  ])('names $what', ({ before, after, fields }) => {
    expect(changedFields(before, after)).toEqual(fields)
  })
})
