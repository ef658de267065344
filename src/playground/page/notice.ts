import { byId } from './element.ts'
import type { Store } from './state.ts'

/** What just happened, at the bottom of the page. It is a live region. */
export function mountNotice(store: Store): void {
  const place = byId('notice')
  const text = byId('notice-text')
  byId('close-notice').onclick = () => store.set({ notice: undefined })
  store.watch(
    ({ notice }) => notice,
    notice => {
      text.textContent = notice?.text ?? ''
      place.classList.toggle('is-empty', !notice)
    },
  )
}
