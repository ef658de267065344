import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { output } from '../../tools/kind/run.ts'

/** A request of Pillion's that the API server answered: an event of audit.k8s.io/v1, as far as it is read here. */
export interface Call {
  readonly auditID: string
  readonly verb: string
  readonly requestURI: string
  /** Absent where the request is for no object, as for `/version`. */
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly annotations?: { readonly 'authorization.k8s.io/decision'?: 'allow' | 'forbid' }
}

/** What a test needs of its cluster besides. */
export interface Additions {
  /** File of the kind configuration that the cluster extends, in place of KIND_CONFIG. */
  readonly base?: string | undefined
  /** Directories of this machine that the control plane's node sees. */
  readonly extraMounts?: readonly object[]
  /** https://kind.sigs.k8s.io/docs/user/configuration/#kubeadm-config-patches */
  readonly kubeadmConfigPatches?: readonly string[]
}

/**
 * Writes into the directory the description of a cluster whose API server records what Pillion asks of it, and
 * gives its path. `base` is the file of the description that it extends, if any.
 * https://kind.sigs.k8s.io/docs/user/auditing/
 */
export async function describeRecordingCluster(
  base: string | undefined,
  directory: string,
  additions: Additions = {},
): Promise<string> {
  const policyFile = join(directory, 'audit-policy.yaml')
  await writeFile(policyFile, stringify(policy))
  const cluster: KindCluster = base ? parse(await readFile(base, 'utf8')) : emptyCluster
  const [controlPlane = { role: 'control-plane' }, ...others] = cluster.nodes ?? []
  const extraMounts = [
    ...(controlPlane.extraMounts ?? []),
    { hostPath: policyFile, containerPath: policyInNode, readOnly: true },
    ...(additions.extraMounts ?? []),
  ]
  const file = join(directory, 'cluster.yaml')
  const recording = {
    ...cluster,
    nodes: [{ ...controlPlane, extraMounts }, ...others],
    kubeadmConfigPatches: [
      ...(cluster.kubeadmConfigPatches ?? []),
      stringify(recordingApiServer),
      ...(additions.kubeadmConfigPatches ?? []),
    ],
  }
  await writeFile(file, stringify(recording))
  return file
}

/** What was recorded up to now in the cluster of this name. */
export async function recordedCalls(cluster: string): Promise<readonly Call[]> {
  const log = await output('docker', ['exec', `${cluster}-control-plane`, 'cat', logInNode])
  // One event a line; what stands after the last line break is being written.
  const lines = log.split('\n').slice(0, -1)
  const events = lines.map(line => JSON.parse(line) as Call)
  // A watch has one when it begins and one when it ends.
  return [...new Map(events.map(event => [event.auditID, event])).values()]
}

interface KindCluster {
  readonly nodes?: readonly { readonly role: string; readonly extraMounts?: readonly object[] }[]
  readonly kubeadmConfigPatches?: readonly string[]
}

const emptyCluster = { kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4' }

const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: ['system:serviceaccount:pillion:pillion'] }, { level: 'None' }],
}

const policyInNode = '/etc/kubernetes/policies/audit-policy.yaml'
const logDirectory = '/var/log/kubernetes'
const logInNode = `${logDirectory}/audit.log`

/** The API server is a container in the node, and sees of it what it mounts. */
const recordingApiServer = {
  kind: 'ClusterConfiguration',
  apiServer: {
    extraArgs: { 'audit-policy-file': policyInNode, 'audit-log-path': logInNode },
    extraVolumes: [
      {
        name: 'audit-policies',
        hostPath: '/etc/kubernetes/policies',
        mountPath: '/etc/kubernetes/policies',
        readOnly: true,
        pathType: 'DirectoryOrCreate',
      },
      {
        name: 'audit-logs',
        hostPath: logDirectory,
        mountPath: logDirectory,
        readOnly: false,
        pathType: 'DirectoryOrCreate',
      },
    ],
  },
}
