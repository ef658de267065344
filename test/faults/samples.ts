import type { Pod } from '../../src/engine/pod.ts'

/** A Pod that the load creates again and again. */
export interface Sample {
  readonly name: string
  readonly namespace: Namespace
  /** The profiles that it must get. None: the Pod must stay as it is. */
  readonly profiles: readonly string[]
  readonly pod: Pod
}

interface Namespace {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The namespaces of the samples. Create them with these labels and annotations before the load starts. */
export const sampleNamespaces = {
  /** Its Pods opt in by themselves. */
  plain: { name: 'load', labels: {}, annotations: {} },
  /** Every Pod opts in. */
  enabled: {
    name: 'load-enabled',
    labels: { 'pillion.dev/inject': 'enabled' },
    annotations: { 'pillion.dev/inject': 'log-tail' },
  },
} as const satisfies Record<string, Namespace>

const { plain, enabled } = sampleNamespaces

/** Pods of several kinds. They need the profiles log-tail, work-dir and statsd of the catalog. */
export const samples: readonly Sample[] = [
  sample('one-profile', plain, ['log-tail'], { annotations: { 'pillion.dev/inject': 'log-tail' } }),
  sample('job', plain, ['log-tail', 'work-dir'], {
    annotations: {
      'pillion.dev/inject': 'log-tail, work-dir',
      'pillion.dev/log-tail.file': 'nightly report.log',
      'pillion.dev/work-dir.path': '/report',
    },
    spec: { restartPolicy: 'Never' },
  }),
  sample('own-containers', plain, ['work-dir', 'statsd'], {
    annotations: { 'pillion.dev/inject': 'work-dir, statsd' },
    spec: {
      initContainers: [
        { ...container('prepare'), volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
        { ...container('own-sidecar'), restartPolicy: 'Always' },
      ],
      containers: [container('app'), container('second')],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    },
  }),
  sample('by-namespace', enabled, ['log-tail'], {}),
  sample('opted-out', enabled, [], { annotations: { 'pillion.dev/inject': 'none' } }),
  sample('silent', plain, [], {}),
]

function sample(
  name: string,
  namespace: Namespace,
  profiles: readonly string[],
  { annotations, spec = {} }: { annotations?: Readonly<Record<string, string>>; spec?: object },
): Sample {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'load' }, ...(annotations && { annotations }) },
    spec: {
      containers: [container('app')],
      // The stored Pods cost neither the scheduler nor a kubelet anything, and nothing adds a volume with a token.
      schedulingGates: [{ name: 'example.com/never' }],
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...spec,
    },
  }
  return { name, namespace, profiles, pod }
}

function container(name: string) {
  return { name, image: 'busybox:1.37', command: ['sleep', 'infinity'] }
}
