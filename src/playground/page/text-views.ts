import { byId } from './element.ts'
import { type Store, shownWorkload } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The explanation and the patch of the chosen workload. */
export function mountTextViews(store: Store): void {
  const explanation = byId('explanation-text')
  store.watch(
    state => shownWorkload(state)?.explanation ?? nothing,
    text => {
      explanation.textContent = text
    },
  )
  const { show } = textEditor(byId('patch-view'), { label: 'Patch text', isReadOnly: true })
  store.watch(
    state => shownWorkload(state)?.patch,
    patch => show(patch ? `${JSON.stringify(patch, null, 2)}\n` : nothing),
  )
}

const nothing = 'The manifest has no workload: nothing in it makes Pods.\n'
