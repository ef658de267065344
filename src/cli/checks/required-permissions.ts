/** A permission that the replicas need, and what happens without it. */
export interface RequiredPermission {
  /** A rule of a Role or ClusterRole. */
  readonly rule: {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }
  readonly scope: 'cluster' | 'own namespace'
  readonly without: string
  /** Without it Pods are not injected correctly. */
  readonly isVital: boolean
  /** The file of `deploy/` that grants it. */
  readonly file: 'rbac.yaml' | 'sweep.yaml'
}

/** The permissions of an installation with this name, as `deploy/` grants them. */
export function requiredPermissions(name: string): readonly RequiredPermission[] {
  const vital = { scope: 'cluster', isVital: true, file: 'rbac.yaml' } as const
  const cluster = { scope: 'cluster', isVital: false, file: 'rbac.yaml' } as const
  const own = { scope: 'own namespace', isVital: false, file: 'rbac.yaml' } as const
  const sweep = { scope: 'cluster', isVital: false, file: 'sweep.yaml' } as const
  return [
    {
      ...vital,
      rule: {
        apiGroups: ['pillion.dev'],
        resources: ['clustersidecarprofiles', 'sidecarprofiles'],
        verbs: ['list', 'watch'],
      },
      without: 'without profiles no replica is ready',
    },
    {
      ...vital,
      rule: { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
      without: 'without namespaces no replica is ready',
    },
    {
      ...cluster,
      rule: {
        apiGroups: ['pillion.dev'],
        resources: ['clustersidecarprofiles/status', 'sidecarprofiles/status'],
        verbs: ['patch'],
      },
      without: 'no status says whether a profile is accepted',
    },
    {
      ...cluster,
      rule: {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['list', 'watch', 'patch'],
      },
      without: 'the caBundle cannot be renewed',
    },
    {
      ...own,
      rule: {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: [`${name}-tls`],
        verbs: ['get', 'list', 'watch', 'create', 'patch'],
      },
      without: 'the certificate cannot be renewed',
    },
    {
      ...own,
      rule: {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [name],
        verbs: ['get', 'update'],
      },
      without: 'no replica can lead: no status is written, and no Pod is swept',
    },
    {
      ...own,
      rule: { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      without: 'no replica can lead: no status is written, and no Pod is swept',
    },
    {
      ...own,
      rule: { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
      without: 'no profile is verified by a dry run',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      without: 'missed Pods are not found',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['events'], verbs: ['create'] },
      without: 'no Event reports a missed Pod',
    },
    {
      ...sweep,
      rule: {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['list'],
      },
      without: 'the sweep cannot tell for which Pods the API server calls the webhook',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
      without: 'missed Pods are not evicted',
    },
  ]
}
