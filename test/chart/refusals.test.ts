import { expect, it } from 'vitest'
import { describeWithHelm, refusal } from './helm.ts'

describeWithHelm('values that cannot work', () => {
  it.each([
    {
      values: 'podDisruptionBudget: { minAvailable: 2 }',
      says: 'a node that runs a replica could never be drained',
    },
    {
      values: 'replicas: 1\npodDisruptionBudget: { minAvailable: 1 }',
      says: 'podDisruptionBudget.minAvailable is 1 of 1 replicas',
    },
    { values: 'podDisruptionBudget: { minAvailable: 100% }', says: 'is 100% of 2 replicas' },
    {
      values: 'podDisruptionBudget: { maxUnavailable: 0 }',
      says: 'podDisruptionBudget.maxUnavailable is 0 or empty',
    },
    { values: 'updateStrategy: { maxSurge: 0 }', says: 'a replica could never be replaced' },
    {
      values: 'autoscaling: { enabled: true, minReplicas: 9 }',
      says: 'autoscaling.minReplicas 9 is more than autoscaling.maxReplicas 6',
    },
    {
      values: 'autoscaling: { enabled: true }\nresources: { requests: { cpu: null } }',
      says: 'autoscaling needs resources.requests.cpu',
    },
    {
      values: 'replicas: 1\nwebhook: { failurePolicy: Fail }',
      says: 'webhook.failurePolicy is Fail with 1 replica',
    },
    {
      values: 'autoscaling: { enabled: true, minReplicas: 1 }\nwebhook: { failurePolicy: Fail }',
      says: 'webhook.failurePolicy is Fail with 1 replica',
    },
    {
      values: 'webhook: { failurePolicy: Fail, timeoutSeconds: 20 }',
      says: 'webhook.failurePolicy is Fail with webhook.timeoutSeconds 20',
    },
    { values: 'certificates: { source: provided }', says: 'set certificates.provided.secretName' },
    {
      values: 'certificates: { provided: { secretName: ours } }',
      says: 'certificates.provided is set, but certificates.source is selfManaged',
    },
    {
      values: 'certificates: { certManager: { issuerRef: { name: ours } } }',
      says: 'certificates.certManager.issuerRef is set, but certificates.source is selfManaged',
    },
    {
      values: 'certificates: { source: certManager, certManager: { issuerRef: { kind: ClusterIssuer } } }',
      says: 'issuerRef has no name',
    },
    {
      values: 'sweep: { enabled: false, evict: missed }',
      says: 'sweep.evict is missed, but sweep.enabled is false',
    },
    {
      values: 'rollout: { enabled: true }\ntokenPolicy: { enabled: false }',
      says: 'rollout.enabled is true, but tokenPolicy.enabled is false',
    },
    {
      values: 'crds: { enabled: false, deleteOnUninstall: true }',
      says: 'a release deletes only CRDs that it installed',
    },
    {
      values: 'serviceAccount: { create: false }',
      says: 'set serviceAccount.name to the name of an existing ServiceAccount',
    },
    { values: 'ports: { metrics: 8443 }', says: 'ports.https and ports.metrics are both 8443' },
    {
      values: 'strictPolicy: { enabled: true }',
      kubeVersion: '1.29.0',
      says: 'which Kubernetes v1.29.0 does not have',
    },
    {
      values: 'rollout: { enabled: true }',
      kubeVersion: '1.29.0',
      says: 'Kubernetes v1.29.0 has no ValidatingAdmissionPolicy',
    },
  ])('are refused: $says', async ({ says, ...rendering }) => {
    expect(await refusal(rendering)).toContain(says)
  })

  it('are refused with all that is wrong at once', async () => {
    const said = await refusal({
      values: 'updateStrategy: { maxSurge: 0 }\npodDisruptionBudget: { maxUnavailable: 0 }',
    })
    expect(said).toContain('These values cannot work:')
    expect(said).toContain('a replica could never be replaced')
    expect(said).toContain('could never be drained')
  })

  it('are those of a Kubernetes without matchConditions', async () => {
    expect(await refusal({ kubeVersion: '1.27.0' })).toContain('incompatible with Kubernetes')
  })
})
