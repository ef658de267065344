import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './app.ts'

/**
 * Closes the webhook so that no request is lost. Serves for `delayMs` more, because the cluster removes the Pod from its
 * Service only after it told the Pod to stop. Then accepts no more connections and finishes the requests in progress,
 * within `finishMs`.
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
