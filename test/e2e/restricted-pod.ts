/** What an app container of a test changes in the plain one; more containers and fields of the Pod besides. */
export interface AppOptions {
  readonly command?: readonly string[]
  readonly container?: Readonly<Record<string, unknown>>
  readonly spec?: Readonly<Record<string, unknown>>
}

/**
 * A Pod of one busybox container, `app`, on a read-only root as user 1000, as JSON for kubectl: it may run
 * where https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted is enforced.
 */
export function restrictedPod(
  name: string,
  annotations: Readonly<Record<string, string>>,
  { command, container = {}, spec = {} }: AppOptions = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [restrictedContainer('app', { ...(command && { command }), ...container })],
      terminationGracePeriodSeconds: 0,
      ...spec,
    },
  })
}

/** One such container, to stand beside `app`. */
export function restrictedContainer(name: string, fields: Readonly<Record<string, unknown>> = {}): object {
  return {
    name,
    image: 'busybox:1.37',
    command: ['sleep', 'infinity'],
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    ...fields,
  }
}

export function configMap(name: string, data: Readonly<Record<string, string>>): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
}
