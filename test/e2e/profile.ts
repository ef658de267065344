import type { Kubectl } from './kubectl.ts'

/** A profile of one sidecar, as an object for kubectl; cluster-wide where no namespace is given. */
export function sidecarProfile(
  name: string,
  { namespace, args = [], container = {} }: SidecarProfileOptions = {},
): string {
  return JSON.stringify({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: namespace ? 'SidecarProfile' : 'ClusterSidecarProfile',
    metadata: { name, ...(namespace && { namespace }) },
    spec: {
      containers: [{ name, image: 'busybox:1.37', command: ['sleep', 'infinity'], args, ...container }],
    },
  })
}

interface SidecarProfileOptions {
  readonly namespace?: string
  /** Of the sidecar. */
  readonly args?: readonly string[]
  /** More fields of the sidecar, right or wrong. */
  readonly container?: Readonly<Record<string, unknown>>
}

/** What a test reads of a profile's status. */
interface LiveProfile {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly revision?: string
    readonly conditions?: readonly Condition[]
  }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
}

/** The condition of a profile that speaks of it as it is now. */
export async function conditionOf(
  kubectl: Kubectl,
  name: string,
  type: 'Accepted' | 'Proven',
): Promise<Condition | undefined> {
  const { metadata, status } = JSON.parse(
    await kubectl(['get', 'clustersidecarprofile', name, '-o=json']),
  ) as LiveProfile
  return status?.conditions?.find(
    condition => condition.type === type && condition.observedGeneration === metadata.generation,
  )
}
