import { expect, it } from 'vitest'
import type { Api } from '../api/api.ts'
import type { ApiResponse } from '../api/response.ts'
import { prove } from './proof.ts'

const pod = { metadata: { generateName: 'sample-' } }
const signal = new AbortController().signal

function answering(answer: ApiResponse) {
  const asked: unknown[] = []
  const request: Api['request'] = async (method, path, { query, body } = {}) => {
    asked.push({ method, path, query, body })
    return answer
  }
  const unused = () => {
    throw new Error('only requests are made')
  }
  return { asked, api: { request, pages: unused, watch: unused } as unknown as Api }
}

const refusal = (status: number, message: string) => ({ ok: false, status, message }) as const

it('asks for a dry run with strict field validation in the namespace it is given', async () => {
  const { api, asked } = answering({ ok: true, status: 201, body: {}, warnings: [] })
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toEqual({ outcome: 'proven' })
  expect(asked).toEqual([
    {
      method: 'POST',
      path: '/api/v1/namespaces/pillion/pods',
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: pod,
    },
  ])
})

it('knows that a Pod is valid that only Pod Security of its namespace refuses', async () => {
  const message = 'pods "b" is forbidden: violates PodSecurity "baseline:v1.33": privileged'
  const { api } = answering(refusal(403, message))
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toEqual({ outcome: 'proven' })
})

it.each([
  { status: 422, message: 'Pod "a" is invalid: spec.containers[0].image: Required value' },
  { status: 400, message: 'strict decoding error: unknown field "spec.a"' },
])('says that the API server refuses the Pod with $status', async ({ status, message }) => {
  const { api } = answering(refusal(status, message))
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toEqual({ outcome: 'refused', message })
})

it.each([
  { why: 'missing rights', status: 403, message: 'pods is forbidden: User "pillion" cannot create resource' },
  { why: 'no such namespace', status: 404, message: 'namespaces "pillion" not found' },
  {
    why: 'another webhook',
    status: 400,
    message: 'admission webhook "a.example.com" denied the request: no',
  },
  {
    why: 'a policy',
    status: 422,
    message: `pods "a" is forbidden: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: no`,
  },
])('does not know because of $why', async ({ status, message }) => {
  const { api } = answering(refusal(status, message))
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toEqual({ outcome: 'unknown', message })
})

it.each([
  { status: 0, isAnswer: false, message: 'connection refused' },
  { status: 401, isAnswer: true, message: '401: Unauthorized' },
  { status: 500, isAnswer: true, message: '500: failed calling webhook' },
  { status: 503, isAnswer: true, message: '503: apiserver not ready' },
])('asks again later when the answer is $status', async ({ status, isAnswer, message }) => {
  const { api } = answering(refusal(status, message.replace(/^\d+: /, '')))
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toEqual({
    outcome: 'later',
    message,
    isAnswer,
  })
})

it('waits as long as the API server asks', async () => {
  const { api } = answering({ ...refusal(429, 'too many requests'), retryAfterMs: 3_000 })
  expect(await prove(api, pod, { namespace: 'pillion', signal })).toMatchObject({ afterMs: 3_000 })
})
