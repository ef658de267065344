import { EditorSelection } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { analysed } from './analysed.ts'
import { byId, element } from './element.ts'
import { problemsOf } from './problems.ts'
import { profilesOf, type State, type Store } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The editor of profiles: a file at a time. It marks the lines of the result that come from where the cursor is. */
export function mountProfileEditor(store: Store): void {
  const chooser = byId<HTMLSelectElement>('profile-file')
  const back = byId<HTMLButtonElement>('back-to-manifest')
  const problems = problemsOf('profile-problems')
  const { view, show } = textEditor(byId('profile-editor'), {
    label: 'Profile',
    extensions: [
      problems.keys,
      analysed(store, () => store.state.opened),
      EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
        const { opened } = store.state
        if (opened === undefined) return
        if (docChanged && state.doc.toString() !== openedText(store.state)) {
          const edited = { ...store.state.edited, [opened]: state.doc.toString() }
          store.set({ edited })
        }
        if (selectionSet) void trace(state.selection.main.head)
      }),
    ],
  })

  async function trace(offset: number): Promise<void> {
    const { opened } = store.state
    if (opened === undefined || !view.hasFocus) return
    const traced = await store.ask('linesFrom', opened, offset).catch(() => [])
    if (view.state.selection.main.head === offset) store.set({ traced })
  }

  chooser.onchange = () => store.set({ opened: chooser.value, place: undefined })
  back.onclick = () => {
    store.set({ input: 'manifest', traced: [] })
    byId('manifest-editor').focus()
  }
  store.watch(
    state => JSON.stringify(profilesOf(state).map(({ file }) => file)),
    files => {
      const names = JSON.parse(files) as readonly string[]
      chooser.replaceChildren(...names.map(file => element('option', { value: file }, file)))
      chooser.value = store.state.opened ?? ''
    },
  )
  store.watch(
    ({ input }) => input,
    (input, { opened, answer, shipped }) => {
      if (input !== 'profiles' || opened !== undefined) return
      // One that a Pod asks for, if there is one.
      const [asked] = Object.keys(answer?.profileDiagnostics ?? {})
      store.set({ opened: asked ?? shipped.profiles[0]?.file })
    },
  )
  store.watch(
    ({ opened }) => opened,
    opened => {
      chooser.value = opened ?? ''
    },
  )
  store.watch(openedText, text => show(text ?? ''))
  store.watch(
    ({ place }) => place,
    place => {
      if (!place) return
      const [from, to] = [place.from, place.to].map(at => Math.min(at, view.state.doc.length))
      view.dispatch({
        selection: EditorSelection.single(from ?? 0, to ?? 0),
        effects: EditorView.scrollIntoView(from ?? 0, { y: 'center' }),
      })
      view.focus()
    },
  )
  store.watch(
    ({ answer }) => answer,
    (answer, { answered, opened }) => {
      const asked = answered?.profiles.find(({ file }) => file === opened)
      if (asked) problems.show(view, asked.text, answer?.profileDiagnostics[asked.file] ?? [])
    },
  )
}

function openedText(state: State): string | undefined {
  const { opened } = state
  if (opened === undefined) return undefined
  return state.edited[opened] ?? state.shipped.profiles.find(({ file }) => file === opened)?.text
}
