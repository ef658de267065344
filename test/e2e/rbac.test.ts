import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Call, recordedCalls } from './audit.ts'
import { kubectlOf } from './kubectl.ts'
import { allows, describePermission, type Permission, permissionsIn, type Role } from './permission.ts'

/** Runs after all other files: run alone, it finds that hardly any right was used. */
describe('the rights of Pillion', () => {
  let calls: readonly Call[]
  let permissions: readonly Permission[]

  beforeAll(async () => {
    calls = await recordedCalls(inject('cluster'))
    permissions = permissionsIn(await roles())
  })

  it('suffice: no call was refused for want of one', () => {
    const isRefused = ({ annotations }: Call) => annotations?.['authorization.k8s.io/decision'] === 'forbid'
    expect(calls.length).toBeGreaterThan(0)
    expect(calls.filter(isRefused).map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([])
  })

  it('are all used', () => {
    const isUsed = (permission: Permission) => calls.some(call => allows(permission, call))
    process.stderr.write(`${summary(calls)}\n`)
    expect(permissions.length).toBeGreaterThan(0)
    expect(permissions.filter(permission => !isUsed(permission)).map(describePermission)).toEqual([])
  })

  it('have no wildcard, and reach no Secret but its own', () => {
    const text = permissions.map(describePermission)
    expect(text.filter(each => each.includes('*'))).toEqual([])
    const ofSecrets = permissions.filter(({ resource }) => resource === 'secrets')
    expect(new Set(ofSecrets.map(({ name, namespace }) => `${namespace}/${name}`))).toEqual(
      new Set(['pillion/pillion-tls']),
    )
  })
})

async function roles(): Promise<readonly Role[]> {
  const kubectl = kubectlOf(inject('kubeconfig'), 'pillion')
  // Others are for people.
  const ours = '-l=app.kubernetes.io/name=pillion,app.kubernetes.io/component=server'
  const get = ['get', 'roles,clusterroles', ours, '-o=json']
  return (JSON.parse(await kubectl(get)) as { items: readonly Role[] }).items
}

/** Every kind of call, with how often it was made. */
function summary(calls: readonly Call[]): string {
  const counts = new Map<string, number>()
  for (const { verb, objectRef, requestURI } of calls) {
    const { apiGroup, resource, subresource } = objectRef ?? {}
    const what = resource ? [apiGroup, resource, subresource].filter(Boolean).join('/') : requestURI
    counts.set(`${verb} ${what}`, (counts.get(`${verb} ${what}`) ?? 0) + 1)
  }
  const lines = [...counts].sort().map(([call, count]) => `${String(count).padStart(7)}  ${call}`)
  return ['calls of the API server by Pillion:', ...lines].join('\n')
}
