import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import type { Swept } from '../../cluster/sweep/sweep.ts'
import type { Cluster } from '../../engine/decision.ts'
import { mayBeMissed, missed } from '../../engine/missed.ts'
import type { Namespace, Pod } from '../../engine/pod.ts'
import { isCalledFor } from '../../engine/select/call-path.ts'
import { metadataOf } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { inCluster } from '../cluster/in-cluster.ts'
import { type LiveCluster, present } from '../cluster/live-cluster.ts'
import { namespaceIn, profilesFor, versionIn } from '../cluster/surroundings.ts'
import type { ExitCode, Io } from '../io.ts'
import { complain, excludedNamespaces } from '../manifests/decide.ts'
import { namespaceWith } from '../manifests/namespaces.ts'
import { sweepJson, sweepTable } from './table.ts'

/** The name of the webhook configurations in the chart and in deploy/. */
const installation = 'pillion'

export interface SweepFlags {
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly context?: string
  /** A directory, in place of the custom resources. */
  readonly profiles?: string
  readonly output: 'text' | 'json'
}

/**
 * Runs the server's sweep once, with the permissions of the user: 1 when it finds a Pod, 2 when Pods or profiles may not
 * be read.
 */
export function run(flags: SweepFlags, io: Io): Promise<ExitCode> {
  return inCluster(flags.context, io, async cluster => {
    const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? cluster.namespace)
    const [loaded, namespaces, version] = await Promise.all([
      profilesFor(cluster, namespace, flags.profiles),
      namespacesOf(cluster, namespace),
      cluster.get('/version'),
    ])
    if ('problems' in loaded) return complain(loaded, io)
    for (const note of [...loaded.notes, ...namespaces.notes]) io.err(`${note}\n`)
    if (loaded.areUnknown) return 2

    const engine = { kubernetesVersion: versionIn(version), excludedNamespaces }
    const swept = await sweptBy(
      cluster,
      { namespace, find: namespaces.find, profiles: loaded.profiles, engine },
      io,
    )
    if ('problem' in swept) {
      io.err(`${swept.problem}\n`)
      return 2
    }
    const { found, pods, examined } = swept
    if (flags.output === 'json') io.out(sweepJson(found))
    else {
      if (found.length > 0) io.out(sweepTable(found))
      io.err(`${found.length} of ${pods} Pods are missed, outdated or denied (${examined} were examined)\n`)
    }
    return found.length > 0 ? 1 : 0
  })
}

/** The labels and annotations of namespaces; a namespace that may not be read has none. */
async function namespacesOf(cluster: LiveCluster, namespace: string | undefined) {
  if (namespace !== undefined) {
    const { value, notes } = await namespaceIn(cluster, namespace)
    return { find: () => value, notes }
  }
  const seen = await cluster.list('/api/v1/namespaces')
  const known = new Map(
    (present(seen) ?? []).map(metadataOf).map(metadata => [String(metadata['name']), metadata] as const),
  )
  return {
    find: (name: string) => namespaceWith(known.get(name) ?? {}, name),
    notes:
      seen.state === 'unknown' ? [`${seen.why}; annotations of namespaces are not taken into account`] : [],
  }
}

interface SweepTarget {
  readonly namespace: string | undefined
  readonly find: (name: string) => Namespace
  readonly profiles: Profiles
  readonly engine: Cluster
}

async function sweptBy(
  { api }: LiveCluster,
  { namespace, find, profiles, engine }: SweepTarget,
  io: Io,
): Promise<(Swept & { readonly found: readonly FoundPod[] }) | { readonly problem: string }> {
  const [{ sweepOnce }, { webhookConfiguration }, { ApiFailure }] = await Promise.all([
    import('../../cluster/sweep/sweep.ts'),
    import('../../cluster/sweep/webhook-configuration.ts'),
    import('../../cluster/api/api.ts'),
  ])
  const found: FoundPod[] = []
  const { signal } = new AbortController()
  // Few users have the permission.
  const configuration = await webhookConfiguration(api, installation, signal).catch((error: Error) => {
    io.err(`cannot tell for which Pods the API server calls the webhook: ${error.message}\n`)
    return undefined
  })
  try {
    const swept = await sweepOnce(api, {
      examiner: {
        mayMatter: (pod, space) => mayBeMissed(pod as Pod, space),
        examine: (pod, space) => missed({ pod: pod as Pod, namespace: space }, profiles, engine),
        isCalled: (stored, pod, space) => isCalledFor(stored, { pod: pod as Pod, namespace: space }),
      },
      namespaceOf: find,
      excludedNamespaces,
      ...(namespace !== undefined && { namespace }),
      found: pod => void found.push(pod),
      failed: reason => io.err(`${reason}\n`),
      configuration,
      signal,
    })
    return { ...swept, found }
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error
    const { status, message } = error.response
    const hint = status === 403 && namespace === undefined ? ' (-n NAMESPACE reads only one namespace)' : ''
    return { problem: `the Pods cannot be read: ${message}${hint}` }
  }
}
