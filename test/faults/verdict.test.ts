import { expect, it } from 'vitest'
import { samples } from './samples.ts'
import { judged } from './verdict.ts'

const [sample] = samples
const asPlanned = { find: () => undefined }

it.each([
  ['a connection that is refused', 0, 'connect ECONNREFUSED 127.0.0.1:6443'],
  ['an API server that has no time', 429, 'Too many requests, please try again later.'],
  ['an API server that stops', 503, 'apiserver is shutting down'],
  [
    'roles that the API server has not read yet',
    403,
    'pods is forbidden: User "kubernetes-admin" cannot create resource "pods" in API group "" in the namespace "load"',
  ],
  [
    'webhook configurations that it has not read yet',
    403,
    'pods "one-profile-1" is forbidden: not yet ready to handle request',
  ],
])('does not count against Pillion: %s', (_, status, message) => {
  expect(judge(status, message)).toBe('unavailable')
})

it.each([
  [
    'a webhook that the API server cannot reach',
    500,
    'Internal error occurred: failed calling webhook "pod.inject.pillion.dev": failed to call webhook: Post ' +
      '"https://pillion.pillion.svc:443/mutate?timeout=5s": dial tcp 10.96.0.9:443: connect: connection refused',
  ],
  [
    'a denial',
    403,
    'admission webhook "pod.inject.pillion.dev" denied the request: log-tail: not yet ready to handle request',
  ],
  ['a patch that does not fit the Pod', 500, 'Internal error occurred: replace operation does not apply'],
  ['a Pod that Pillion made invalid', 422, 'Pod "one-profile-1" is invalid: spec.initContainers[0].name'],
  ['a Pod that another plugin refuses', 403, 'pods "one-profile-1" is forbidden: violates PodSecurity'],
])('counts against Pillion: %s', (_, status, message) => {
  expect(judge(status, message)).toBe('failed')
})

function judge(status: number, message: string): string {
  return judged(sample!, { ok: false, status, message }, asPlanned).verdict
}
