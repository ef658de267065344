import type { Call, Reply } from '../calls.ts'
import type { Analysis } from '../protocol.ts'

/** Calls the functions of the worker. A call rejects with a sentence. */
export type CallWorker = (name: keyof Analysis, given: readonly unknown[]) => Promise<unknown>

/** What the page uses of a worker. */
export type PageWorker = Pick<Worker, 'onmessage' | 'onerror' | 'postMessage' | 'terminate'>

/**
 * Starts the worker. It answers one call after the other. If it dies, or works on one call for too long, all calls that
 * wait for it fail, and the next call starts another worker.
 */
export function startWorker(create: () => PageWorker = fileBesidePage): CallWorker {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let worker: PageWorker | undefined
  let patience: ReturnType<typeof setTimeout> | undefined
  let last = 0

  function started(): PageWorker {
    const made = create()
    made.onmessage = ({ data }: MessageEvent<Reply>) => {
      const call = waiting.get(data.call)
      waiting.delete(data.call)
      beginToWait()
      if ('failed' in data) call?.reject(new Error(data.failed))
      else call?.resolve(data.result)
    }
    made.onerror = event => {
      event.preventDefault()
      end(
        event.message
          ? `The worker of the playground does not run: ${event.message}. Reload the page.`
          : cannotLoad,
      )
    }
    return made
  }

  function beginToWait(): void {
    clearTimeout(patience)
    if (waiting.size > 0) patience = setTimeout(end, patienceMs, tookTooLong)
  }

  function end(sentence: string): void {
    clearTimeout(patience)
    worker?.terminate()
    worker = undefined
    const ended = [...waiting.values()]
    waiting.clear()
    for (const { reject } of ended) reject(new Error(sentence))
  }

  worker = started()
  return (name, given) => {
    const call = ++last
    const answer = Promise.withResolvers<unknown>()
    waiting.set(call, answer)
    if (waiting.size === 1) beginToWait()
    worker ??= started()
    worker.postMessage({ call, name, arguments: given } satisfies Call)
    return answer.promise
  }
}

/** The file that the build puts beside the page. */
function fileBesidePage(): PageWorker {
  return new Worker(new URL('worker.js', document.baseURI))
}

// The largest texts within the limits take 4 s on a laptop.
const patienceMs = 20_000
const tookTooLong = `There is no answer after ${patienceMs / 1_000} seconds, so the playground stopped working on it. Make the manifest or the profiles smaller, or use pillion inject -f FILE.`
// The browser is offline, or pillion playground has ended: then a reload gives no page.
const cannotLoad =
  'The playground cannot load worker.js. Do not reload the page: your text would be lost. Check the network, or start pillion playground again. Then change the text.'
