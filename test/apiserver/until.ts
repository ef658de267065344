import { setTimeout } from 'node:timers/promises'

/** A busy machine takes many times as long as a quiet one, and that is no failure. */
const patience = 10

/**
 * Asks again and again until the answer is true. For what the API server does on its own time: a webhook
 * configuration takes effect, an audit event is written. Throws with `what` when it has waited several times
 * what a quiet machine needs at most.
 */
export async function until(
  what: string,
  timeoutMs: number,
  condition: () => Promise<boolean>,
  pauseMs = 25,
): Promise<void> {
  const deadlineMs = patience * timeoutMs
  const endMs = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`)
    await setTimeout(pauseMs)
  }
}
