import { ApiException } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { describeFailure } from './failure.ts'

describe('describeFailure', () => {
  it.each([
    {
      error: new ApiException(403, 'Unknown', '{"kind":"Status","message":"namespaces is forbidden"}', {}),
      says: '403: namespaces is forbidden',
    },
    { error: new ApiException(502, 'Unknown', '<html>', {}), says: '502: no reason given' },
    { error: new ApiException(500, 'Unknown', '{"message":{}}', {}), says: '500: no reason given' },
    {
      error: new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }),
      says: 'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
    },
    { error: new Error('terminated'), says: 'terminated' },
  ])('is "$says"', ({ error, says }) => {
    expect(describeFailure(error)).toBe(says)
  })
})
