import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { describeManager, managerOf } from './gitops.ts'

describe('managerOf', () => {
  const helm = {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'pillion', 'meta.helm.sh/release-namespace': 'infra' },
  }
  const written = (manager: string, fields: object) => ({
    managedFields: [{ manager, operation: 'Apply', fieldsV1: fields }],
  })
  const spec = { 'f:spec': { 'f:containers': {} } }

  it.each([
    { metadata: {}, by: undefined, why: 'a person' },
    {
      metadata: {
        annotations: { 'argocd.argoproj.io/tracking-id': 'shop:pillion.dev/ClusterSidecarProfile:/logging' },
      },
      by: 'Argo CD (the Application shop)',
      why: 'the annotation that tracks it',
    },
    {
      metadata: { labels: { 'argocd.argoproj.io/instance': 'shop' } },
      by: 'Argo CD (the Application shop)',
      why: 'the label that tracks it',
    },
    {
      metadata: {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      by: 'Flux (the Kustomization flux-system/apps)',
      why: 'labels',
    },
    {
      metadata: {
        ...helm,
        labels: {
          ...helm.labels,
          'helm.toolkit.fluxcd.io/name': 'pillion',
          'helm.toolkit.fluxcd.io/namespace': 'infra',
        },
      },
      by: 'Flux (the HelmRelease infra/pillion)',
      why: 'its labels, although Helm has some, too',
    },
    { metadata: helm, by: 'Helm (the release infra/pillion)', why: 'its label and annotations' },
    {
      metadata: { annotations: helm.annotations },
      by: undefined,
      why: 'nobody any more: the annotations of Helm without its label',
    },
    {
      metadata: { labels: { 'app.kubernetes.io/instance': 'pillion' } },
      by: undefined,
      why: 'not Argo CD: charts set this label, too',
    },
    { metadata: written('argocd-controller', spec), by: 'Argo CD', why: 'the manager of its spec' },
    { metadata: written('kustomize-controller', spec), by: 'Flux', why: 'the manager of its spec' },
    {
      metadata: written('argocd-controller', { 'f:metadata': {} }),
      by: undefined,
      why: 'not the manager of its metadata',
    },
    { metadata: written('kubectl-edit', spec), by: undefined, why: 'a person with kubectl' },
  ])('is $by: $why', ({ metadata, by }) => {
    const manager = managerOf({ metadata: metadata as JsonObject })
    expect(manager && describeManager(manager)).toBe(by)
  })
})
