import { until } from '../apiserver/until.ts'
import type { Kubectl } from './kubectl.ts'

/**
 * Waits until a Pod with curl gets an answer from a Service, past every proxy. It is not enough that the Pods of the Service are
 * ready: kube-proxy learns of them a moment later, and refuses connections until then.
 */
export async function waitForService(
  kubectl: Kubectl,
  { pod, container }: { readonly pod: string; readonly container: string },
  url: string,
): Promise<void> {
  const ask = ['curl', '-s', '-k', '-m', '5', '--noproxy', '*', '-o', '/dev/null', url]
  await until(
    `${url} answers`,
    60_000,
    async () => (await kubectl.attempt(['exec', pod, `-c=${container}`, '--', ...ask])).code === 0,
    200,
  )
}
