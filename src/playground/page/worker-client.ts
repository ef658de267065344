import type { Call, Reply } from '../calls.ts'
import type { Analysis } from '../protocol.ts'

/** Calls the functions of the worker. A call rejects with a sentence. */
export type CallWorker = (name: keyof Analysis, given: readonly unknown[]) => Promise<unknown>

/** Starts the worker. Its file is beside the page. */
export function startWorker(onFault: (sentence: string) => void): CallWorker {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const worker = new Worker(new URL('worker.js', document.baseURI))
  let last = 0
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.call)
    waiting.delete(data.call)
    if ('failed' in data) call?.reject(new Error(data.failed))
    else call?.resolve(data.result)
  }
  worker.onerror = event => {
    event.preventDefault()
    const why = event.message || 'worker.js cannot be loaded'
    onFault(`The worker of the playground does not run: ${why}. Reload the page.`)
  }
  return (name, given) => {
    const call = ++last
    const answer = Promise.withResolvers<unknown>()
    waiting.set(call, answer)
    worker.postMessage({ call, name, arguments: given } satisfies Call)
    return answer.promise
  }
}
