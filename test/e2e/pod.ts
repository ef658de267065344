/** Of a Pod as the API server gives it, what the tests read. */
export interface LivePod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly containers: readonly LiveContainer[]
    readonly initContainers?: readonly LiveContainer[]
  }
  readonly status: {
    readonly containerStatuses?: readonly LiveStatus[]
    readonly initContainerStatuses?: readonly LiveStatus[]
  }
}

interface LiveContainer {
  readonly name: string
  readonly args?: readonly string[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

interface LiveStatus {
  readonly name: string
  readonly state: { readonly terminated?: { readonly exitCode: number; readonly finishedAt: string } }
}

/** A Pod of one busybox container, as JSON for kubectl. */
export function busyboxPod(
  name: string,
  annotations?: Readonly<Record<string, string>>,
  command: readonly string[] = ['sleep', 'infinity'],
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(annotations && { annotations }) },
    spec: {
      containers: [{ name: 'app', image: 'busybox:1.37', command }],
      terminationGracePeriodSeconds: 0,
    },
  })
}

/** A Deployment of such Pods, as JSON for kubectl; they have the label `app` with its name. */
export function busyboxDeployment(
  name: string,
  annotations?: Readonly<Record<string, string>>,
  { replicas = 1, pod = {} }: { readonly replicas?: number; readonly pod?: object } = {},
): string {
  const { spec } = JSON.parse(busyboxPod(name)) as { spec: object }
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(annotations && { annotations }) },
        spec: { ...spec, ...pod },
      },
    },
  })
}

export function initContainerNames({ spec }: LivePod): string[] {
  return (spec.initContainers ?? []).map(({ name }) => name)
}

/** The app's lines in the log of `log-tail`, without tail's own remarks, which come before or after them. */
export function appLines(log: string): readonly string[] {
  return log.split('\n').filter(line => line !== '' && !line.startsWith('tail: '))
}
