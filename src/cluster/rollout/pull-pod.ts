import { createHash } from 'node:crypto'
import type { PodUpdate } from '../../engine/update/pod-update.ts'
import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'

/** An image that a node must have before a container may restart with it. */
export interface ImagePull {
  /** The namespace of the Pod. */
  readonly namespace: string
  readonly node: string
  readonly image: string
  /** The `imagePullPolicy` of the container. */
  readonly policy: string
  /** Secrets with credentials of registries, in the namespace of Pillion. */
  readonly secrets: readonly string[]
}

/** How far a pull is. `isFinal`: the node would answer the same again. */
export type PullState =
  | { readonly state: 'pulled' | 'pulling' }
  | {
      readonly state: 'failed'
      readonly reason: string
      readonly message: string
      readonly isFinal: boolean
    }

/** The images that the node of a Pod needs before an update. */
export function pullsOf(
  pod: JsonObject,
  { patches }: Pick<PodUpdate, 'patches'>,
  secrets: readonly string[],
): readonly ImagePull[] {
  const spec = objectAt(pod, 'spec')
  const { nodeName: node } = spec
  const namespace = String(metadataOf(pod)['namespace'])
  if (typeof node !== 'string') return []
  return patches
    .flatMap(({ operations }) => operations)
    .flatMap(({ op, path, ...operation }) => {
      const [, list = '', index = ''] =
        /^\/spec\/(initContainers|containers)\/([0-9]+)\/image$/.exec(path) ?? []
      if (list === '' || op === 'test' || op === 'remove') return []
      const { imagePullPolicy } = objectsIn(spec[list])[Number(index)] ?? {}
      const image = 'value' in operation ? String(operation.value) : ''
      return [{ namespace, node, image, policy: String(imagePullPolicy ?? 'IfNotPresent'), secrets }]
    })
}

export const pullLabel = 'pillion.dev/pull'

/** The name of the Pod that pulls: the same for every leader, so that the next one finds the Pod of the one before. */
export function pullName({ node, image, policy, secrets }: ImagePull): string {
  const text = JSON.stringify([node, image, policy, ...secrets])
  return `pillion-pull-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

export function isPullName(name: string): boolean {
  return /^pillion-pull-[0-9a-f]{16}$/.test(name)
}

/**
 * A Pod that makes the kubelet of one node pull an image, and runs nothing of the image: its container needs a ConfigMap that
 * does not exist, which the kubelet finds out after the pull (`CreateContainerConfigError`). If somebody creates this ConfigMap,
 * there still is no such command in the image. It has no token, no volume and no permission of any kind. It tolerates
 * every taint and names its node, because the Pod that will be updated runs there already. The policy for Pillion's token
 * allows exactly this shape (src/cli/checks/pod-token-rules.ts).
 */
export function pullPod(pull: ImagePull): JsonObject {
  const { node, image, policy, secrets } = pull
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pullName(pull), labels: { [pullLabel]: 'true' } },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      activeDeadlineSeconds: longestPullSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists' }],
      // No user: nothing runs, and OpenShift chooses one of its own.
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...(secrets.length > 0 && { imagePullSecrets: secrets.map(name => ({ name })) }),
      containers: [
        {
          name: 'pull',
          image,
          imagePullPolicy: policy,
          command: ['/pillion-pull'],
          env: [{ name: 'NEVER', valueFrom: { configMapKeyRef: { name: 'pillion-pull', key: 'never' } } }],
          resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  }
}

/**
 * How far a pull Pod is. The kubelet pulls before it creates the container, so every later failure means that the image is
 * there. https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff
 */
export function pullStateOf(pod: JsonObject): PullState {
  const status = objectAt(pod, 'status')
  const [container = {}] = objectsIn(status['containerStatuses'])
  const { terminated, waiting } = objectAt(container, 'state')
  if (terminated !== undefined && String(container['imageID'] ?? '') !== '') return { state: 'pulled' }
  const { reason, message } = objectAt({ waiting }, 'waiting')
  if (afterPull.has(String(reason))) return { state: 'pulled' }
  if (typeof reason === 'string' && !beforePull.has(reason))
    return failed(reason, message, neverPulled.has(reason) || isAbsent(message))
  if (status['phase'] === 'Failed') return failed(status['reason'] ?? 'PodFailed', status['message'], false)
  return { state: 'pulling' }
}

function failed(reason: unknown, message: unknown, isFinal: boolean): PullState {
  return { state: 'failed', reason: String(reason), message: String(message ?? ''), isFinal }
}

/** In milliseconds since 1970, by the API server's clock. */
export function createdAt(pod: JsonObject): number {
  return Date.parse(String(metadataOf(pod)['creationTimestamp'])) || 0
}

// The Pod ends by itself, even if nobody is left to delete it.
const longestPullSeconds = 1_800

const beforePull: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])
const afterPull: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])
const neverPulled: ReadonlySet<string> = new Set(['ErrImageNeverPull', 'InvalidImageName'])

/** Whether a registry answered that it does not have the image, as containerd and CRI-O say it. */
function isAbsent(message: unknown): boolean {
  return /: not found$|manifest unknown/.test(String(message ?? ''))
}
