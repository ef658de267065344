import { openLintPanel } from '@codemirror/lint'
import { EditorView } from '@codemirror/view'
import { counted } from '../../problems/counted.ts'
import { analysed, showDiagnostics } from './analysed.ts'
import { byId } from './element.ts'
import type { Store } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The editor of the manifest, with the number of its problems below it. */
export function mountManifestEditor(store: Store): void {
  const problems = byId<HTMLButtonElement>('problems')
  const { view, show } = textEditor(byId('manifest-editor'), {
    label: 'Manifest',
    extensions: [
      analysed(store, () => undefined),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) store.set({ manifest: state.doc.toString() })
      }),
    ],
  })
  store.watch(({ manifest }) => manifest, show)
  store.watch(
    ({ answer }) => answer,
    (answer, { answered }) => {
      if (!answer || !answered) return
      showDiagnostics(view, answered.manifest, answer.manifestDiagnostics)
      const { length } = answer.manifestDiagnostics
      problems.textContent = length === 0 ? 'No problems' : counted(length, 'problem')
      problems.disabled = length === 0
    },
  )
  problems.onclick = () => openLintPanel(view)
}
