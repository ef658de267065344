import type { Kubectl } from './kubectl.ts'

interface Endpoint {
  readonly namespace: string
  readonly pod: string
  readonly port: number
  /** `/metrics` where none is given. */
  readonly path?: string
}

/**
 * What a Pod tells Prometheus of a metric, `name` or `name{label="value"}`, read through the API server. NaN
 * where it says nothing of it, or does not answer.
 */
export async function figure(
  kubectl: Kubectl,
  { namespace, pod, port, path = '/metrics' }: Endpoint,
  metric: string,
): Promise<number> {
  const url = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`
  const { stdout } = await kubectl.attempt(['get', `--raw=${url}`])
  const line = stdout.split('\n').find(text => text.startsWith(`${metric} `))
  return Number(line?.split(' ').at(-1))
}
