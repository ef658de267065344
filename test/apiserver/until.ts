import { setTimeout } from 'node:timers/promises'

/**
 * Asks again and again until the answer is true. For what the API server does on its own time: a webhook
 * configuration takes effect, an audit event is written. Throws with `what` when the time is over.
 */
export async function until(
  what: string,
  timeoutMs: number,
  condition: () => Promise<boolean>,
  pauseMs = 25,
): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await setTimeout(pauseMs)
  }
}
