import { decide } from '../../engine/decide.ts'
import { applied } from '../../engine/patch/apply.ts'
import { annotation, isNativeSidecar, type Pod } from '../../engine/pod.ts'
import { callPath, webhooksOf } from '../../engine/select/call-path.ts'
import { statusOf } from '../../engine/status/status.ts'
import { deploymentOf, excludedBy, settingIn } from '../cluster/deployment.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { namespaceIn, versionIn } from '../cluster/surroundings.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, broken, unknown } = findingsOf('dry run')

/**
 * The whole process, once: the API server gets a Pod that requests a profile, calls every webhook and stores nothing.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export const dryRun: Check = async installation => {
  const { cluster } = installation
  const sample = await sampleFor(installation)
  if ('why' in sample) return [unknown(sample.why)]
  const { pod, profile, namespace } = sample
  const path = `/api/v1/namespaces/${namespace}/pods`
  const answer = await cluster.create(path, pod, { dryRun: true })
  const what = `a Pod that requests ${profile} in namespace ${namespace}`
  if (answer.ok) {
    const stored = answer.body as Pod
    if (statusOf(stored)?.profiles[profile] !== undefined) return [judge(what, stored, sample)]
    const missed = `${what} would start without it: the call failed, or there was none`
    return [broken(missed, await whyCallsFail(installation))]
  }
  if (answer.message.includes('cannot create resource "pods"'))
    return [unknown(lacking(permissionFor('create', path)))]
  const refused = `${what} is denied: ${answer.message}`
  if (answer.message.includes('restartPolicy')) return [broken(refused, drops)]
  if (hasFailed(answer.message, installation)) return [broken(refused, await whyCallsFail(installation))]
  // Pillion's own decision does not deny it, so the Pod must have changed before the second call.
  return [isOurs(answer.message, installation) ? broken(refused, changes) : unknown(refused)]
}

/** The API server starts the message of a denial with the name of the webhook. */
function isOurs(message: string, installation: LiveInstallation): boolean {
  return namesOf(installation).some(name =>
    message.startsWith(`admission webhook "${name}" denied the request`),
  )
}

/** The message of the API server when a call failed and `failurePolicy` is `Fail`. */
function hasFailed(message: string, installation: LiveInstallation): boolean {
  return namesOf(installation).some(name => message.includes(`failed calling webhook "${name}"`))
}

function namesOf({ mutating }: LiveInstallation): readonly string[] {
  return webhooksOf(present(mutating) ?? {}).map(({ name }) => String(name))
}

/** The likely causes: with `failurePolicy: Ignore` the API server does not report which one it is. */
async function whyCallsFail(installation: LiveInstallation): Promise<string> {
  const isCertificateRequired = settingIn(await deploymentOf(installation), 'clientCa') !== undefined
  return isCertificateRequired
    ? `Pillion requires a client certificate of the API server (--client-ca): see docs/admin.md; otherwise ${elsewhere}`
    : elsewhere
}

function judge(what: string, stored: Pod, { expected }: Sample): Finding {
  const lost = sidecarsOf(expected).filter(name => !sidecarsOf(stored).includes(name))
  if (lost.length > 0)
    return broken(
      `${what} gets ${lost.join(', ')}, but not as a native sidecar: its restartPolicy was removed`,
      drops,
    )
  return ok(`${what} gets it`)
}

const elsewhere = 'see "service" and "certificate" above, and the log of the API server'
const drops = 'another webhook removes restartPolicy: see "other webhooks"'
const changes =
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
  const { cluster, mutating } = installation
  const excludedNamespaces = await excludedBy(installation)
  const at = excludedNamespaces.has(cluster.namespace) ? 'default' : cluster.namespace
  const [{ value: namespace }, { profiles, notes }, version] = await Promise.all([
    namespaceIn(cluster, at),
    liveProfiles(cluster, at),
    cluster.get('/version'),
  ])
  const engine = { kubernetesVersion: versionIn(version), excludedNamespaces }
  const samples = profiles.namesIn(at).flatMap((profile): readonly Sample[] => {
    const pod = podRequesting(profile)
    const { outcome, patch } = decide({ pod, namespace, operation: 'CREATE' }, profiles, engine)
    return outcome === 'injected' ? [{ pod, expected: applied(pod, patch), profile, namespace: at }] : []
  })
  const sample = samples.find(({ expected }) => sidecarsOf(expected).length > 0) ?? samples[0]
  if (!sample) return { why: notes[0] ?? `there is no profile that a plain Pod in namespace ${at} can get` }
  const calls = callPath(present(mutating) ?? {}, { pod: sample.pod, namespace })
  return mutating.state === 'there' && calls.every(({ outcome }) => outcome === 'not called')
    ? {
        why: `the API server does not call Pillion for Pods of namespace ${at}: --context selects another one`,
      }
    : sample
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
