import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './app.ts'

/**
 * Closes the webhook so that no call is lost. Serves on for `delayMs`, while the cluster takes it out of
 * its Service, which happens only after the Pod was told to stop; then takes no more connections and
 * finishes the calls it has, for as long as `finishMs`.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
 */
export async function drain(app: App, { delayMs, finishMs }: Drain): Promise<void> {
  await sleep(delayMs)
  const unfinished = setTimeout(() => app.server.closeAllConnections(), finishMs)
  await app.close()
  await app.finished()
  clearTimeout(unfinished)
}

export interface Drain {
  readonly delayMs: number
  readonly finishMs: number
}
