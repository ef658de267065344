import { describe, expect, it } from 'vitest'
import type { EnvelopedRequest } from './envelope.ts'
import { objectLogFields } from './log-fields.ts'

describe('what the log says of a request for any object', () => {
  const request = { uid: 'u1', operation: 'CREATE' }
  it.each([
    { what: 'no name at all', more: {}, says: {} },
    { what: 'an empty name', more: { name: '' }, says: {} },
    {
      what: 'the name in the request',
      more: { name: 'a', object: { metadata: { name: 'b' } } },
      says: { name: 'a' },
    },
    {
      what: 'the name in the object',
      more: { name: '', object: { metadata: { name: 'b' } } },
      says: { name: 'b' },
    },
    { what: 'a name that is no text', more: { object: { metadata: { name: 7 } } }, says: {} },
    { what: 'a namespace', more: { namespace: 'shop' }, says: { namespace: 'shop' } },
    { what: 'an empty namespace', more: { namespace: '' }, says: {} },
    { what: 'a dry run', more: { dryRun: true }, says: { dryRun: true } },
    { what: 'a spec', more: { object: { spec: { secret: 's' } } }, says: {} },
  ])('has $what', ({ more, says }) => {
    expect(objectLogFields({ ...request, ...more } as EnvelopedRequest)).toEqual({
      ...request,
      dryRun: false,
      ...says,
    })
  })
})
