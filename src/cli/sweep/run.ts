import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { mayBeMissed, missed } from '../../engine/missed.ts'
import type { Pod } from '../../engine/pod.ts'
import { isCalledFor } from '../../engine/select/call-path.ts'
import { versionOf } from '../cluster/installation.ts'
import { type LiveCluster, liveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { type ProfileFlags, profilesOf } from '../cluster/profiles-in-force.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { excludedNamespaces } from '../manifests/without-cluster.ts'
import { sweepJson, sweepTable } from './table.ts'

/** The name of the webhook configurations in the chart and in deploy/. */
const installation = 'pillion'

interface SweepFlags extends ProfileFlags {
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly output: 'text' | 'json'
}

/**
 * Runs the server's sweep once, with the permissions of the user: 1 when it finds a Pod, 2 when Pods or profiles may not
 * be read.
 */
export async function run(flags: SweepFlags, io: Io): Promise<ExitCode> {
  const cluster = await liveCluster(flags)
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? cluster.namespace)
  const names = namespace === undefined ? undefined : [namespace]
  const [{ profiles, areUnknown, notes }, namespaces, kubernetesVersion] = await Promise.all([
    profilesOf(cluster, flags, io, names),
    liveNamespaces(cluster, names),
    versionOf(cluster),
  ])
  for (const note of [...notes, ...namespaces.notes]) io.err(`${note}\n`)
  if (areUnknown) return 2

  const [{ sweepOnce }, { ApiFailure }] = await Promise.all([
    import('../../cluster/sweep/sweep.ts'),
    import('../../cluster/api/api.ts'),
  ])
  const engine = { kubernetesVersion, excludedNamespaces }
  const found: FoundPod[] = []
  const { signal } = new AbortController()
  const { pods, examined } = await sweepOnce(cluster.api, {
    examiner: {
      mayMatter: (pod, space) => mayBeMissed(pod as Pod, space),
      examine: (pod, space) => missed({ pod: pod as Pod, namespace: space }, profiles, engine),
      isCalled: (stored, pod, space) => isCalledFor(stored, { pod: pod as Pod, namespace: space }),
    },
    namespaceOf: namespaces.find,
    excludedNamespaces,
    ...(namespace !== undefined && { namespace }),
    found: pod => void found.push(pod),
    failed: reason => io.err(`${reason}\n`),
    configuration: await configurationIn(cluster, signal, io),
    signal,
  }).catch((error: Error) => {
    if (!(error instanceof ApiFailure)) throw error
    const { status, message } = error.response
    const hint = status === 403 && namespace === undefined ? ' (-n NAMESPACE reads only one namespace)' : ''
    throw new Failure(2, `the Pods cannot be read: ${message}${hint}`)
  })
  if (flags.output === 'json') printJson(found.map(sweepJson), io)
  else {
    if (found.length > 0) io.out(sweepTable(found))
    io.err(`${found.length} of ${pods} Pods are missed, outdated or denied (${examined} were examined)\n`)
  }
  return found.length > 0 ? 1 : 0
}

/** The webhook configuration; few users have the permission to read it. */
async function configurationIn({ api }: LiveCluster, signal: AbortSignal, io: Io) {
  const { webhookConfiguration } = await import('../../cluster/sweep/webhook-configuration.ts')
  return webhookConfiguration(api, installation, signal).catch((error: Error) => {
    io.err(`cannot tell for which Pods the API server calls the webhook: ${error.message}\n`)
    return undefined
  })
}
