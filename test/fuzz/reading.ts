import { Worker } from 'node:worker_threads'
import type { Step } from './step.ts'

type Read = Extract<Step, { do: 'read' }>

/** What a text costs a command that reads it, in a thread with 256 MB; `failure` when it throws, ends it or never ends. */
export function readText({ as, text }: Read): Promise<{ readonly cpuMs: number; readonly failure?: string }> {
  const { promise, resolve } = Promise.withResolvers<{ cpuMs: number; failure?: string }>()
  const worker = new Worker(new URL('reader.ts', import.meta.url), {
    workerData: { as, text },
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  const timer = setTimeout(() => {
    resolve({ cpuMs: patienceMs, failure: `does not end within ${patienceMs} ms` })
    void worker.terminate()
  }, patienceMs)
  worker.on('message', resolve)
  worker.on('error', error => resolve({ cpuMs: 0, failure: `throws: ${error.message.slice(0, 200)}` }))
  worker.on('exit', () => {
    clearTimeout(timer)
    resolve({ cpuMs: 0, failure: 'ends without an answer' })
  })
  return promise
}

/** By far longer than a busy machine needs for what a text may cost. */
const patienceMs = 60_000
