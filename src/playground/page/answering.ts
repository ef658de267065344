import type { Answer } from '../protocol.ts'
import { isSameQuestion, questionOf, type State, type Store } from './state.ts'
import type { CallWorker } from './worker-client.ts'

/** Keeps the answer of the state up to date. One question is at the worker at a time; the next one is about the latest state. */
export function keepAnswering(store: Store, call: CallWorker): void {
  let asked: State | undefined
  let isAsking = false

  async function ask(): Promise<void> {
    if (isAsking) return
    isAsking = true
    while (asked === undefined || !isSameQuestion(asked, store.state)) {
      asked = store.state
      const question = questionOf(asked)
      const slow = setTimeout(() => store.set({ isSlow: true }), noticedMs)
      try {
        const answer = (await call('answer', [question])) as Answer
        store.set({ answer, answered: question, fault: undefined, isSlow: false })
      } catch (error) {
        store.set({ fault: error instanceof Error ? error.message : String(error), isSlow: false })
      }
      clearTimeout(slow)
    }
    isAsking = false
  }

  store.watch(
    state => state,
    () => void ask(),
  )
}

// Until then people do not wonder whether the page does anything.
const noticedMs = 1_000
