import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { describeWithHelm, type Manifest, type Rendering, render } from './helm.ts'

describeWithHelm('the policy for the token', () => {
  it('is for the ServiceAccount, the names and the namespace of the release', async () => {
    const { policy, filledIn } = await policyOf({
      release: 'sidecars',
      namespace: 'platform',
      values: 'serviceAccount: { name: robot }',
    })
    expect(policy?.metadata.name).toBe('sidecars-pillion-token')
    expect(specOf(policy)['matchConditions']).toEqual([
      {
        name: 'is-pillion',
        expression: "request.userInfo.username == 'system:serviceaccount:platform:robot'",
      },
    ])
    expect(filledIn).toEqual({
      installation: "'sidecars-pillion'",
      home: "'platform'",
      ownsCertificate: 'true',
      mayEvict: 'false',
      mayUpdatePods: 'false',
    })
  })

  it('lets the token evict Pods only where the sweep does', async () => {
    const { filledIn } = await policyOf({ values: 'sweep: { evict: missed }' })
    expect(filledIn['mayEvict']).toBe('true')
  })

  it('and RBAC let the token change Pods only with rollout.enabled', async () => {
    const { filledIn, all } = await policyOf({ values: 'rollout: { enabled: true }' })
    expect(filledIn['mayUpdatePods']).toBe('true')
    const named = (objects: readonly Manifest[]) =>
      objects.filter(({ metadata }) => metadata.name === 'pillion-rollout').map(({ kind }) => kind)
    expect(named(all)).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
    expect(named(await render())).toEqual([])
  })

  it.each(['certManager', 'provided'])(
    'and RBAC let the token write no Secret and no caBundle with certificates.source %s',
    async source => {
      const secretName = source === 'provided' ? 'ours' : ''
      const { filledIn, all } = await policyOf({
        values: `certificates: { source: ${source}, provided: { secretName: "${secretName}" } }`,
      })
      expect(filledIn['ownsCertificate']).toBe('false')
      const rules = all
        .filter(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === 'pillion')
        .flatMap(({ rules }) => rules as readonly { readonly resources: readonly string[] }[])
        .flatMap(({ resources }) => resources)
      expect(rules).toContain('leases')
      expect(rules).not.toContain('secrets')
      expect(rules).not.toContain('mutatingwebhookconfigurations')
    },
  )

  it.each([
    { when: 'tokenPolicy.enabled is false', rendering: { values: 'tokenPolicy: { enabled: false }' } },
    { when: 'Kubernetes is older than 1.30', rendering: { kubeVersion: '1.29.9' } },
  ])('is not made when $when', async ({ rendering }) => {
    const { all } = await policyOf(rendering)
    expect(all.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))).toEqual([])
    expect(all.length).toBeGreaterThan(10)
  })
})

async function policyOf(rendering: Rendering) {
  const all = await render(rendering)
  const policy = all.find(({ kind }) => kind === 'ValidatingAdmissionPolicy')
  const variables = (specOf(policy)['variables'] ?? []) as readonly { name: string; expression: string }[]
  const names = ['installation', 'home', 'ownsCertificate', 'mayEvict', 'mayUpdatePods']
  const filled = variables.filter(({ name }) => names.includes(name))
  return {
    all,
    policy,
    filledIn: Object.fromEntries(filled.map(({ name, expression }) => [name, expression])),
  }
}

function specOf(manifest: Manifest | undefined): JsonObject {
  return (manifest?.['spec'] ?? {}) as JsonObject
}
