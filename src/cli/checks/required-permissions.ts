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
  readonly file: 'base/rbac.yaml' | 'base/sweep.yaml' | 'overlays/rollout/rollout.yaml'
}

/**
 * The permissions of an installation with this name, as `deploy/` grants them; with `evicts`, as `deploy/overlays/evict` does,
 * and with `rollsOut`, as `deploy/overlays/rollout` does.
 */
export function requiredPermissions(
  name: string,
  { evicts, rollsOut }: { readonly evicts: boolean; readonly rollsOut: boolean },
): readonly RequiredPermission[] {
  const cluster = { scope: 'cluster', isVital: false, file: 'base/rbac.yaml' } as const
  const vital = { ...cluster, isVital: true } as const
  const own = { ...cluster, scope: 'own namespace' } as const
  const sweep = { ...cluster, file: 'base/sweep.yaml' } as const
  const rollout = { ...cluster, file: 'overlays/rollout/rollout.yaml' } as const
  const cannotLead = 'no replica can lead: no status is written, and no sweep runs'
  const [profiles, webhooks, leases] = ['pillion.dev', 'admissionregistration.k8s.io', 'coordination.k8s.io']
  return [
    {
      ...vital,
      rule: rule('list watch', profiles, 'clustersidecarprofiles sidecarprofiles'),
      without: 'without profiles no replica is ready',
    },
    {
      ...vital,
      rule: rule('list watch', '', 'namespaces'),
      without: 'without namespaces no replica is ready',
    },
    {
      ...cluster,
      rule: rule('patch', profiles, 'clustersidecarprofiles/status sidecarprofiles/status'),
      without: 'no status says whether a profile is accepted',
    },
    {
      ...vital,
      rule: rule('list watch', 'apps', 'controllerrevisions'),
      without: 'without the kept revisions of profiles no replica is ready',
    },
    {
      ...cluster,
      rule: rule('create update delete', 'apps', 'controllerrevisions'),
      without: 'no edit of a profile takes effect',
    },
    {
      ...cluster,
      rule: rule('create', '', 'events'),
      without: 'no Event reports whether a profile is accepted',
    },
    {
      ...cluster,
      rule: rule(
        'list watch patch',
        webhooks,
        'mutatingwebhookconfigurations validatingwebhookconfigurations',
        name,
      ),
      without: 'the caBundle cannot be renewed',
    },
    {
      ...own,
      rule: rule('get list watch create patch', '', 'secrets', `${name}-tls`),
      without: 'the certificate cannot be renewed',
    },
    { ...own, rule: rule('get update', leases, 'leases', name), without: cannotLead },
    { ...own, rule: rule('create', leases, 'leases'), without: cannotLead },
    { ...own, rule: rule('create', '', 'pods'), without: 'no profile is verified by a dry run' },
    { ...sweep, rule: rule('get list', '', 'pods'), without: 'missed Pods are not found' },
    {
      ...sweep,
      rule: rule('create list', '', 'events'),
      without: 'no Event reports a missed Pod, and workloads that cannot create Pods are not found',
    },
    ...workloads.map(([group, resources]) => ({
      ...sweep,
      rule: rule('get', group, resources),
      without: 'workloads that cannot create Pods are not found',
    })),
    {
      ...sweep,
      rule: rule('list', webhooks, 'mutatingwebhookconfigurations', name),
      without: 'the sweep cannot tell for which Pods the API server calls the webhook',
    },
    ...(evicts
      ? [{ ...sweep, rule: rule('create', '', 'pods/eviction'), without: 'missed Pods are not evicted' }]
      : []),
    ...(rollsOut
      ? [
          { ...rollout, rule: rule('get list patch', '', 'pods'), without: 'no rollout updates a Pod' },
          {
            ...rollout,
            rule: rule('patch', '', 'pods/resize'),
            without: 'no rollout changes the CPU or memory of a container in place',
          },
          {
            ...rollout,
            rule: rule('create', '', 'pods/eviction'),
            without: 'no rollout replaces a Pod that cannot be updated in place',
          },
          {
            ...rollout,
            rule: rule('list', 'policy', 'poddisruptionbudgets'),
            without: 'no rollout updates a Pod, because it may be protected',
          },
          {
            ...rollout,
            rule: rule('get', '', 'nodes'),
            without: 'no rollout updates a Pod, because its node may not be ready',
          },
          {
            ...rollout,
            scope: 'own namespace' as const,
            rule: rule('create delete', '', 'pods'),
            without: 'no rollout changes an image, because it cannot be pulled first',
          },
        ]
      : []),
  ]
}

const workloads = [
  ['apps', 'replicasets statefulsets daemonsets'],
  ['batch', 'jobs'],
  ['', 'replicationcontrollers'],
] as const

function rule(verbs: string, group: string, resources: string, name?: string): RequiredPermission['rule'] {
  return {
    apiGroups: [group],
    resources: resources.split(' '),
    ...(name !== undefined && { resourceNames: [name] }),
    verbs: verbs.split(' '),
  }
}
