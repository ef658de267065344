import { decide } from '../../engine/decide.ts'
import { applied } from '../../engine/patch/apply.ts'
import { isNativeSidecar } from '../../engine/plan/containers.ts'
import { annotation, type Pod } from '../../engine/pod.ts'
import { callPath } from '../../engine/select/call-path.ts'
import { statusOf } from '../../engine/status/status.ts'
import { metadataOf } from '../../json/json.ts'
import { engineOf, type LiveInstallation, settingOf, webhooksIn } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { countersBefore } from './call-counters.ts'
import { broken, check, unknown } from './finding.ts'

/**
 * The whole process, once: the API server gets a Pod that requests a profile, calls every webhook and stores nothing.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export const dryRun = check('dry run', async function* (installation) {
  const sample = await sampleFor(installation)
  if ('why' in sample) {
    yield unknown(sample.why)
    return undefined
  }
  const { pod, expected, profile, namespace } = sample
  const path = `/api/v1/namespaces/${namespace}/pods`
  // The check "failed calls" counts the calls of this request.
  await countersBefore(installation)
  const answer = await installation.cluster.send('POST', path, { body: pod, query: { dryRun: 'All' } })
  const what = `a Pod that requests ${profile} in namespace ${namespace}`
  if (answer.ok) {
    const stored = answer.body as Pod
    const lost = sidecarsOf(expected).filter(name => !sidecarsOf(stored).includes(name))
    if (statusOf(stored)?.profiles[profile] === undefined)
      yield broken(
        `${what} would start without it: the call failed, or there was none`,
        await whyCallsFail(installation),
      )
    else if (lost.length > 0)
      yield broken(
        `${what} gets ${lost.join(', ')}, but not as a native sidecar: its restartPolicy was removed`,
        dropped,
      )
    return `${what} gets it`
  }
  const { message } = answer
  const denied = `${what} is denied: ${message}`
  const ours = webhooksIn(installation.mutating).map(({ name }) => String(name))
  if (message.includes('cannot create resource "pods"')) yield unknown(lacking(permissionFor('create', path)))
  else if (message.includes('restartPolicy')) yield broken(denied, dropped)
  // What the API server says of a call that failed when `failurePolicy` is `Fail`, and of a denial.
  else if (ours.some(name => message.includes(`failed calling webhook "${name}"`)))
    yield broken(denied, await whyCallsFail(installation))
  // Pillion's own decision does not deny it, so the Pod must have changed before the second call.
  else if (ours.some(name => message.startsWith(`admission webhook "${name}" denied the request`)))
    yield broken(denied, changed)
  else yield unknown(denied)
  return undefined
})

/** The likely causes: with `failurePolicy: Ignore` the API server does not report which one it is. */
async function whyCallsFail(installation: LiveInstallation): Promise<string> {
  const { cluster, namespace } = installation
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`
  const policies = present(await cluster.list(path)) ?? []
  const certificate =
    settingOf(installation, 'clientCa') === undefined
      ? ''
      : 'Pillion requires a client certificate of the API server (--client-ca): see docs/admin.md; otherwise '
  const network =
    policies.length === 0
      ? ''
      : `; the NetworkPolicies of namespace ${namespace} must let the API server reach the replicas ` +
        `(networkPolicy.webhookFrom): ${policies.map(policy => metadataOf(policy).name).join(', ')}`
  return `${certificate}see "webhooks", "service" and "certificate" above, and the log of the API server${network}`
}

const dropped = 'another webhook removes restartPolicy: see "other webhooks"'
const changed =
  'another webhook has changed what Pillion injected, its restartPolicy for example: see "other webhooks"'

interface Sample {
  readonly pod: Pod
  /** The Pod that the API server should return. */
  readonly expected: Pod
  readonly profile: string
  readonly namespace: string
}

/** A Pod that gets a profile by Pillion's own decision; with a native sidecar, if there is such a profile. */
async function sampleFor(installation: LiveInstallation): Promise<Sample | { readonly why: string }> {
  const { cluster, mutating, workloadNamespace } = installation
  const engine = await engineOf(installation)
  const at = engine.excludedNamespaces.has(workloadNamespace) ? 'default' : workloadNamespace
  const [namespaces, { profiles, notes }] = await Promise.all([
    liveNamespaces(cluster, [at]),
    liveProfiles(cluster, [at]),
  ])
  const namespace = namespaces.find(at)
  const samples = profiles.namesIn(at).flatMap((profile): readonly Sample[] => {
    const pod = podRequesting(profile)
    const { outcome, patch } = decide({ pod, namespace, operation: 'CREATE' }, profiles, engine)
    return outcome === 'injected' ? [{ pod, expected: applied(pod, patch), profile, namespace: at }] : []
  })
  const sample = samples.find(({ expected }) => sidecarsOf(expected).length > 0) ?? samples[0]
  if (!sample) return { why: notes[0] ?? `there is no profile that a plain Pod in namespace ${at} can get` }
  const calls = callPath(present(mutating) ?? {}, { pod: sample.pod, namespace })
  if (mutating.state !== 'there' || calls.some(({ outcome }) => outcome !== 'not called')) return sample
  return {
    why: `the API server does not call Pillion for Pods of namespace ${at}: -n selects another one`,
  }
}

/** It complies with the strictest Pod Security Standard. */
function podRequesting(profile: string): Pod {
  const securityContext = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'pillion-doctor-', annotations: { [annotation.inject]: profile } },
    spec: { containers: [{ name: 'app', image: 'registry.k8s.io/pause:3.10', securityContext }] },
  }
}

function sidecarsOf({ spec }: Pod): readonly string[] {
  return (spec?.initContainers ?? []).filter(isNativeSidecar).map(({ name }) => name)
}
