/** What the server has to be allowed, and what becomes of it otherwise. */
export interface Right {
  /** As in a Role or ClusterRole. */
  readonly rule: {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }
  readonly scope: 'cluster' | 'own namespace'
  readonly without: string
  /** Whether no Pod is injected as it should be without it. */
  readonly isVital: boolean
  /** Of `deploy/`, that gives it. */
  readonly file: 'rbac.yaml' | 'sweep.yaml'
}

/** The rights of a server whose installation has this name; those that `deploy/` gives. */
export function rightsOf(name: string): readonly Right[] {
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
      without: 'without profiles it is never ready',
    },
    {
      ...vital,
      rule: { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
      without: 'without namespaces it is never ready',
    },
    {
      ...cluster,
      rule: {
        apiGroups: ['pillion.dev'],
        resources: ['clustersidecarprofiles/status', 'sidecarprofiles/status'],
        verbs: ['patch'],
      },
      without: 'no profile says whether it is accepted',
    },
    {
      ...cluster,
      rule: {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['list', 'watch', 'patch'],
      },
      without: 'it cannot keep the caBundle right',
    },
    {
      ...own,
      rule: {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: [`${name}-tls`],
        verbs: ['get', 'list', 'watch', 'create', 'patch'],
      },
      without: 'it cannot keep a certificate of its own',
    },
    {
      ...own,
      rule: {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [name],
        verbs: ['get', 'update'],
      },
      without: 'no replica can lead: nobody writes statuses or sweeps',
    },
    {
      ...own,
      rule: { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      without: 'no replica can lead: nobody writes statuses or sweeps',
    },
    {
      ...own,
      rule: { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
      without: 'no profile is proven by a dry run',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      without: 'no Pod that was missed is found',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['events'], verbs: ['create'] },
      without: 'no Event says that a Pod was missed',
    },
    {
      ...sweep,
      rule: {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['list'],
      },
      without: 'the sweep does not know for which Pods the API server calls the webhook',
    },
    {
      ...sweep,
      rule: { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
      without: 'no Pod that was missed is evicted',
    },
  ]
}
