import { expect, it } from 'vitest'
import { describeWithHelm, refusal } from './helm.ts'

describeWithHelm('values that cannot work', () => {
  it.each([
    {
      values: 'podDisruptionBudget: { minAvailable: 2 }',
      says: 'no node that runs one could ever be drained',
    },
    {
      values: 'replicas: 1\npodDisruptionBudget: { minAvailable: 1 }',
      says: 'podDisruptionBudget.minAvailable is 1 of 1 servers',
    },
    { values: 'podDisruptionBudget: { minAvailable: 100% }', says: 'is 100% of 2 servers' },
    {
      values: 'podDisruptionBudget: { maxUnavailable: 0 }',
      says: 'podDisruptionBudget.maxUnavailable is none',
    },
    { values: 'updateStrategy: { maxSurge: 0 }', says: 'no server could ever be replaced' },
    {
      values: 'autoscaling: { enabled: true, minReplicas: 9 }',
      says: 'autoscaling.minReplicas 9 is more than autoscaling.maxReplicas 6',
    },
    {
      values: 'autoscaling: { enabled: true }\nresources: { requests: { cpu: null } }',
      says: 'autoscaling goes by a share of resources.requests.cpu',
    },
    {
      values: 'replicas: 1\nwebhook: { failurePolicy: Fail }',
      says: 'webhook.failurePolicy is Fail with 1 server',
    },
    {
      values: 'autoscaling: { enabled: true, minReplicas: 1 }\nwebhook: { failurePolicy: Fail }',
      says: 'webhook.failurePolicy is Fail with 1 server',
    },
    {
      values: 'webhook: { failurePolicy: Fail, timeoutSeconds: 20 }',
      says: 'webhook.failurePolicy is Fail with timeoutSeconds 20',
    },
    { values: 'certificates: { source: provided }', says: 'does not say which Secret' },
    {
      values: 'certificates: { provided: { secretName: ours } }',
      says: 'certificates.provided is given, and certificates.source is selfManaged',
    },
    {
      values: 'certificates: { certManager: { issuerRef: { name: ours } } }',
      says: 'certificates.certManager.issuerRef is given, and certificates.source is selfManaged',
    },
    {
      values: 'certificates: { source: certManager, certManager: { issuerRef: { kind: ClusterIssuer } } }',
      says: 'issuerRef has no name',
    },
    {
      values: 'sweep: { enabled: false, evict: missed }',
      says: 'sweep.evict is missed, and sweep.enabled is false',
    },
    {
      values: 'crds: { enabled: false, deleteOnUninstall: true }',
      says: 'what this release did not install it does not delete',
    },
    {
      values: 'serviceAccount: { create: false }',
      says: 'serviceAccount.name does not say which one there is',
    },
    { values: 'ports: { metrics: 8443 }', says: 'ports.https and ports.metrics are both 8443' },
    {
      values: 'strictPolicy: { enabled: true }',
      kubeVersion: '1.29.0',
      says: 'which Kubernetes v1.29.0 does not have',
    },
  ])('are refused: $says', async ({ says, ...rendering }) => {
    expect(await refusal(rendering)).toContain(says)
  })

  it('are refused with all that is wrong at once', async () => {
    const said = await refusal({
      values: 'updateStrategy: { maxSurge: 0 }\npodDisruptionBudget: { maxUnavailable: 0 }',
    })
    expect(said).toContain('These values cannot work:')
    expect(said).toContain('no server could ever be replaced')
    expect(said).toContain('could ever be drained')
  })

  it('are those of a Kubernetes without matchConditions', async () => {
    expect(await refusal({ kubeVersion: '1.27.0' })).toContain('incompatible with Kubernetes')
  })
})
