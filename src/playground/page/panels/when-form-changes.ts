import type { FormAnswer } from '../../protocol.ts'
import type { State, Store } from '../state.ts'

/** Calls `show` after each answer of the worker while the tab with the form is shown. */
export function whenFormChanges(store: Store, show: (form: FormAnswer, state: State) => void): void {
  store.watch(
    ({ input, answer }) => (input === 'form' ? answer : undefined),
    async answer => {
      if (!answer) return
      const form = await store.ask('form').catch(() => undefined)
      if (form && store.state.answer === answer) show(form, store.state)
    },
  )
}
