import type { Pod } from '../../../src/engine/pod.ts'

/** What of an AdmissionReview a webhook needs that checks nothing. */
export interface Review {
  readonly request: { readonly uid: string; readonly object: Pod }
}

export interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/** The operations that Pillion has for a Pod that asks for its profile log-tail, with the defaults. */
export function inject({ spec = {} }: Pod): readonly Operation[] {
  const { containers = [], initContainers = [], volumes = [] } = spec
  const initContainersPath = initContainers.length === 0 ? '/spec/initContainers' : '/spec/initContainers/0'
  return [
    append('/spec/volumes', volumes, volume),
    ...containers.map(({ volumeMounts = [] }, at) =>
      append(`/spec/containers/${at}/volumeMounts`, volumeMounts, mount),
    ),
    add(initContainersPath, initContainers.length === 0 ? [sidecar] : sidecar),
    add('/metadata/annotations/kubectl.kubernetes.io~1default-container', containers[0]?.name),
    add('/metadata/annotations/pillion.dev~1status', status),
  ]
}

/** The answer to a review, with its patch or without one. */
export function answer({ request: { uid } }: Review, patch: readonly Operation[]): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(patch.length > 0 && {
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      }),
    },
  }
}

export function isAsking({ metadata }: Pod): boolean {
  return metadata?.annotations?.['pillion.dev/inject'] !== undefined
}

function append(path: string, to: readonly unknown[], value: object): Operation {
  return to.length === 0 ? add(path, [value]) : add(`${path}/-`, value)
}

function add(path: string, value: unknown): Operation {
  return { op: 'add', path, value }
}

export const volume = { name: 'log-tail', emptyDir: {} }
export const mount = { name: 'log-tail', mountPath: '/var/log/app' }
export const status = '{"profiles":{"log-tail":{"initContainers":["log-tail"]}}}'
export const sidecar = {
  name: 'log-tail',
  image: 'busybox:1.37',
  command: [
    'sh',
    '-c',
    'tail -n +1 -F "$1" &\ntrap \'sleep 1.2; kill $!; exit 0\' TERM\nwait $!\n',
    'log-tail',
  ],
  args: ['/var/log/app/app.log'],
  volumeMounts: [{ ...mount, readOnly: true }],
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '100m', memory: '32Mi' } },
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65_534,
    runAsGroup: 65_534,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  restartPolicy: 'Always',
}
