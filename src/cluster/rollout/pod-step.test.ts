import { describe, expect, it } from 'vitest'
import { apiAnswering, refuse, succeed } from '../sweep/sweep.fixture.ts'
import { answerOf, applyPatches } from './pod-step.ts'

describe('answerOf', () => {
  const testFailed = 'the server rejected our request due to an error in our request'
  it.each([
    { what: 'the Pod is gone', status: 404, result: 'gone' },
    { what: 'the Pod was changed', status: 409, result: 'gone' },
    { what: 'a test of the patch failed', status: 422, message: testFailed, result: 'gone' },
    {
      what: 'the Pod would not be valid',
      status: 422,
      message: 'Pod "a" is invalid: spec',
      result: 'refused',
    },
    { what: 'a policy denies it', status: 422, message: 'pods "a" is forbidden: signed', result: 'refused' },
    { what: 'a permission is missing, or a policy denies it', status: 403, result: 'refused' },
    { what: 'a webhook denies it', status: 400, result: 'refused' },
    { what: 'a webhook does not answer', status: 500, result: 'later', isOverall: false },
    { what: 'there are too many requests', status: 429, result: 'later', isOverall: true },
    { what: 'the API server stops', status: 503, result: 'later', isOverall: true },
    { what: 'nobody answers', status: 0, result: 'later', isOverall: true },
  ])('$status, $what: $result', ({ status, message, result, isOverall }) => {
    const answer = answerOf({ ok: false, status, message: message ?? 'told to' })
    expect(answer).toMatchObject({ result, ...(isOverall !== undefined && { isOverall }) })
  })

  it('keeps the time that the API server asks for', () => {
    const failure = { ok: false, status: 429, message: 'too many', retryAfterMs: 3_000 } as const
    expect(answerOf(failure)).toMatchObject({ result: 'later', afterMs: 3_000 })
  })
})

describe('applyPatches', () => {
  const patches = [
    { subresource: 'resize', operations: [] },
    { operations: [{ op: 'replace', path: '/spec/containers/0/image', value: 'agent:2' }] },
  ] as const
  const undo = { subresource: 'resize', operations: [] } as const
  const { signal } = new AbortController()
  const pod = { namespace: 'shop', name: 'web-1' }

  it('sends them in their order', async () => {
    const api = apiAnswering(() => succeed())
    expect(await applyPatches(api, pod, { patches }, signal)).toEqual({ result: 'changed', pod: {} })
    expect(api.calls.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/shop/pods/web-1/resize',
      '/api/v1/namespaces/shop/pods/web-1',
    ])
  })

  it('sends none after one that failed', async () => {
    const api = apiAnswering(() => refuse(403))
    expect(await applyPatches(api, pod, { patches, undo }, signal)).toMatchObject({ result: 'refused' })
    expect(api.calls).toHaveLength(1)
  })

  it.each([
    { what: 'refuses the second', status: 403, sent: ['resize', 'web-1', 'resize'] },
    { what: 'cannot answer the second now', status: 503, sent: ['resize', 'web-1'] },
  ])('takes the first one back if the API server refuses the second: it $what', async ({ status, sent }) => {
    const api = apiAnswering((_, path) => (path.endsWith('/resize') ? succeed() : refuse(status)))
    await applyPatches(api, pod, { patches, undo }, signal)
    expect(api.calls.map(({ path }) => path.split('/').at(-1))).toEqual(sent)
  })
})
