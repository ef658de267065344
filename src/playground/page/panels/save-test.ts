import { tarOf } from '../../tar.ts'
import { element } from '../element.ts'
import { type Store, shownWorkload } from '../state.ts'

/** A button that saves the present state as a test case. */
export function saveTestButton(store: Store): HTMLElement {
  const button = element('button', { type: 'button' }, 'Save as a test')
  button.onclick = async () => {
    const reply = await store.ask('testFiles').catch((error: Error) => ({ problem: error.message }))
    if ('problem' in reply) {
      store.set({ notice: { text: `There is no test to save: ${reply.problem}.` } })
      return
    }
    const title = shownWorkload(store.state)?.title ?? 'test'
    const name = title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 40)
    const inFolder = Object.entries(reply.files).map(([path, text]) => [`${name}/${path}`, text])
    const url = URL.createObjectURL(
      new Blob([tarOf(Object.fromEntries(inFolder))], { type: 'application/x-tar' }),
    )
    element('a', { href: url, download: `${name}.tar` }).click()
    // The download has begun when the next task runs.
    setTimeout(() => URL.revokeObjectURL(url))
    store.set({ notice: { text: `Saved. Run: tar xf ${name}.tar && pillion test ${name}` } })
  }
  return button
}
