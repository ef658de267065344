import { byId, element } from './element.ts'
import { type Store, shownWorkload } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The explanation and the patch of the chosen workload. */
export function mountTextViews(store: Store): void {
  const explanation = byId('explanation-text')
  store.watch(
    state => shownWorkload(state)?.explanation ?? nothing,
    text => {
      explanation.replaceChildren(...text.trimEnd().split('\n').map(lineOf))
    },
  )
  const { show } = textEditor(byId('patch-view'), { label: 'Patch text', isReadOnly: true })
  store.watch(
    state => shownWorkload(state)?.patch,
    patch => show(patch ? `${JSON.stringify(patch, null, 2)}\n` : nothing),
  )
}

/** A line that is too long goes on further right than its start. */
function lineOf(text: string): HTMLElement {
  const line = element('span', { textContent: `${text}\n` })
  line.style.setProperty('--indent', String(text.length - text.trimStart().length + 4))
  return line
}

const nothing = 'The manifest has no workload: nothing in it makes Pods.\n'
