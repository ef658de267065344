import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { findInstallation, repairCommand } from './find-installation.ts'
import type { LiveCluster } from './live-cluster.ts'

const configuration = (name: string): JsonObject => ({ metadata: { name } })

function clusterWith(
  configurations: readonly JsonObject[] | undefined,
  deployments: readonly JsonObject[] = [],
): LiveCluster {
  const list: LiveCluster['list'] = async path => {
    const value = path.endsWith('deployments') ? deployments : configurations
    return value ? { state: 'there', value } : { state: 'unknown', why: 'you may not' }
  }
  return { list } as LiveCluster
}

describe('the installation of a cluster', () => {
  it.each([
    { what: 'the only one', found: ['prod-pillion'], name: 'prod-pillion' },
    { what: 'that of the usual name, if there are several', found: ['a', 'pillion'], name: 'pillion' },
    { what: 'the usual name, if nothing is found', found: [], name: 'pillion' },
    { what: 'that of the usual name, if they cannot be listed', found: undefined, name: 'pillion' },
  ])('is $what', async ({ found, name }) => {
    expect(await findInstallation(clusterWith(found?.map(configuration)))).toEqual({ name })
  })

  it('is found by its Deployment, if its webhook configuration is gone', async () => {
    const deployment = { metadata: { name: 'my-pillion', namespace: 'mesh' } }
    expect(await findInstallation(clusterWith([], [deployment]))).toEqual({
      name: 'my-pillion',
      namespace: 'mesh',
    })
  })

  it('must be named, if there are several of other names', async () => {
    await expect(findInstallation(clusterWith(['b', 'a'].map(configuration)))).rejects.toThrow(
      'there are several installations of Pillion: --name must be one of a, b',
    )
  })
})

describe('the command that creates missing objects again', () => {
  const managed = (by: string, annotations: JsonObject = {}): JsonObject => ({
    metadata: { labels: { 'app.kubernetes.io/managed-by': by }, annotations },
  })
  const release = { 'meta.helm.sh/release-name': 'mesh', 'meta.helm.sh/release-namespace': 'system' }

  it.each([
    [
      'Helm',
      [undefined, managed('Helm', release)],
      'helm upgrade mesh charts/pillion -n system --reset-then-reuse-values',
    ],
    ['kustomize', [managed('kustomize'), undefined], 'kubectl apply -k deploy/'],
    [
      'something else',
      [managed('argocd'), {}],
      'kubectl apply -k deploy/, or helm upgrade: as you have installed it',
    ],
  ])('is that of %s', (_, objects, command) => {
    expect(repairCommand(objects, '')).toBe(command)
  })

  it.each(['overlays/evict', 'overlays/rollout'] as const)('is that of %s', overlay => {
    expect(repairCommand([managed('kustomize')], overlay)).toBe(`kubectl apply -k deploy/${overlay}`)
  })
})
