import { Worker } from 'node:worker_threads'
import type { Step } from '../step.ts'

type Rollout = Extract<Step, { do: 'rollout' }>

let stage: Worker | undefined

/** What is wrong with how a story of a rollout goes, in a thread whose time is played, too. */
export async function playStory(step: Rollout): Promise<readonly string[]> {
  stage ??= new Worker(new URL('stage.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  const worker = stage
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const timer = setTimeout(() => resolve([`does not end within ${patienceMs} ms`]), patienceMs)
  const fail = (error: Error) => resolve([`ends the thread: ${error.message}`])
  worker.once('message', resolve).once('error', fail)
  worker.postMessage(step)
  const violations = await promise
  clearTimeout(timer)
  worker.off('message', resolve).off('error', fail)
  // The next story begins on a new stage.
  if (violations.length > 0) await endStage()
  return violations
}

export async function endStage(): Promise<void> {
  await stage?.terminate()
  stage = undefined
}

/** By far longer than a busy machine needs for the hours of a story. */
const patienceMs = 300_000
