import { describe, expect, it } from 'vitest'
import { Failure } from '../io.ts'
import type { LiveCluster } from './live-cluster.ts'
import { podSelectorOf, restartOf, workloadNamed } from './workload.ts'

describe('workloadNamed', () => {
  it.each([
    { words: ['pod', 'web'], path: '/api/v1/namespaces/shop/pods/web' },
    { words: ['po/web'], path: '/api/v1/namespaces/shop/pods/web' },
    { words: ['deploy/web'], path: '/apis/apps/v1/namespaces/shop/deployments/web' },
    { words: ['deployment.apps/web'], path: '/apis/apps/v1/namespaces/shop/deployments/web' },
    { words: ['Deployments', 'web'], path: '/apis/apps/v1/namespaces/shop/deployments/web' },
    { words: ['sts', 'web'], path: '/apis/apps/v1/namespaces/shop/statefulsets/web' },
    { words: ['ds', 'web'], path: '/apis/apps/v1/namespaces/shop/daemonsets/web' },
    { words: ['rs', 'web'], path: '/apis/apps/v1/namespaces/shop/replicasets/web' },
    { words: ['rc', 'web'], path: '/api/v1/namespaces/shop/replicationcontrollers/web' },
    { words: ['job', 'web'], path: '/apis/batch/v1/namespaces/shop/jobs/web' },
    { words: ['cj/web'], path: '/apis/batch/v1/namespaces/shop/cronjobs/web' },
  ])('finds $words', ({ words, path }) => {
    expect(named(words)).toBe(path)
  })

  it.each([
    { words: ['deploymet/web'], problem: 'did you mean "deployment"?' },
    { words: ['secret', 'web'], problem: '"secret" is not a type that creates Pods' },
    { words: ['pod'], problem: 'as TYPE NAME or TYPE/NAME, with one of the types pod, deployment,' },
    { words: ['pod/'], problem: 'name one workload' },
    { words: ['pod/a', 'b'], problem: 'name one workload' },
    { words: ['pod', '../secrets/x'], problem: '"../secrets/x" is not a valid name of a pod' },
    { words: ['pod', '..'], problem: '".." is not a valid name of a pod' },
  ])('refuses $words', ({ words, problem }) => {
    expect(named(words)).toContain(problem)
  })

  function named(words: readonly string[]): string {
    try {
      return workloadNamed(words).path('shop')
    } catch (error) {
      if (error instanceof Failure) return error.message
      throw error
    }
  }
})

describe('podSelectorOf', () => {
  it('gives every kind of requirement as the API server takes it', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['test'] },
      { key: 'app', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ]
    expect(podSelectorOf({ spec: { selector: { matchLabels: { app: 'web' }, matchExpressions } } })).toBe(
      'app=web,tier in (a,b),env notin (test),app,!old',
    )
  })

  it("gives a ReplicationController's, which is of labels alone", () => {
    expect(podSelectorOf({ kind: 'ReplicationController', spec: { selector: { app: 'web' } } })).toBe(
      'app=web',
    )
  })

  it('gives none for what has none', () => {
    expect(podSelectorOf({ kind: 'CronJob', spec: {} })).toBeUndefined()
  })
})

describe('restartOf', () => {
  const podOwnedBy = (kind: string, name: string) => ({
    kind: 'Pod',
    metadata: { name: 'p', ownerReferences: [{ kind, name, uid: 'u', controller: true }] },
  })
  async function asked(object: ReturnType<typeof podOwnedBy>) {
    const paths: string[] = []
    const get = async (path: string) => {
      paths.push(path)
      return { state: 'there', value: object }
    }
    return { says: await restartOf({ get } as unknown as LiveCluster, object, 'shop'), paths }
  }

  // The API server checks neither the kind nor the name in an owner reference.
  it('follows owners that own each other only a few times', async () => {
    const { says, paths } = await asked(podOwnedBy('Pod', 'p'))
    expect(says).toBe('kubectl -n shop delete pod p: its Pod p creates a new one')
    expect(paths).toHaveLength(3)
  })

  it.each(['../../kube-system/secrets/x', '$(curl evil)'])(
    'asks for no %s and repeats it nowhere',
    async name => {
      const { says, paths } = await asked(podOwnedBy('ReplicaSet', name))
      expect({ says, paths }).toEqual({
        says: 'delete the Pod p and create it again: it has no owner',
        paths: [],
      })
    },
  )
})
