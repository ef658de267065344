import { EditorView } from '@codemirror/view'
import { analysed } from './analysed.ts'
import { byId } from './element.ts'
import { problemsOf } from './problems.ts'
import type { Store } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The editor of the manifest. */
export function mountManifestEditor(store: Store): void {
  const problems = problemsOf('problems')
  const { view, show } = textEditor(byId('manifest-editor'), {
    label: 'Manifest',
    extensions: [
      problems.keys,
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
      if (answer && answered) problems.show(view, answered.manifest, answer.manifestDiagnostics)
    },
  )
}
