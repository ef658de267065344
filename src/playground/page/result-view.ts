import { type EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutter,
  hoverTooltip,
} from '@codemirror/view'
import type { Origin } from '../../explain/origin.ts'
import type { Answer } from '../protocol.ts'
import { byId, element } from './element.ts'
import { originText } from './origin-text.ts'
import type { Store } from './state.ts'
import { textEditor } from './text-editor.ts'

/** The manifest with what is injected. An added line says where it comes from; a click opens the profile there. */
export function mountResultView(store: Store): void {
  const bar = byId('origin')
  const origins = new Map<number, Origin>()
  const { view, show } = textEditor(byId('result-view'), {
    label: 'Result',
    isReadOnly: true,
    extensions: [
      marks,
      hoverTooltip((shown, pos) => {
        const line = shown.state.doc.lineAt(pos)
        const origin = origins.get(line.number)
        if (!origin) return null
        const dom = element('p', { className: 'said', textContent: `${originText(origin)}\n${howToOpen}` })
        return { pos: line.from, end: line.to, above: true, create: () => ({ dom }) }
      }),
      EditorView.domEventHandlers({
        click: (event, shown) => {
          const pos = shown.posAtCoords({ x: event.clientX, y: event.clientY })
          if (pos === null || !shown.state.selection.main.empty) return
          void open(shown.state.doc.lineAt(pos).number)
        },
        keydown: (event, shown) => {
          if (event.key === 'Enter') void open(lineOfCursor(shown.state))
        },
      }),
      EditorView.updateListener.of(({ selectionSet, docChanged }) => {
        if (selectionSet || docChanged) describe()
      }),
    ],
  })

  async function open(line: number): Promise<void> {
    const origin = origins.get(line)
    const place = origin && (await store.ask('placeOf', origin).catch(() => undefined))
    if (place) store.set({ input: 'profiles', opened: place.file, place })
  }

  function describe(): void {
    const line = lineOfCursor(view.state)
    const origin = origins.get(line)
    if (!origin) {
      const { added } = store.state.answer?.result ?? { added: [] }
      bar.replaceChildren(added.length === 0 ? 'Pillion adds no line.' : howToAsk)
      return
    }
    const button = element('button', { type: 'button', textContent: 'Open the profile' })
    button.onclick = () => void open(line)
    bar.replaceChildren(element('span', { textContent: originText(origin) }), button)
  }

  store.watch(
    ({ answer }) => answer,
    answer => {
      if (!answer) return
      origins.clear()
      for (const { line, origin } of answer.result.added) if (origin) origins.set(line, origin)
      show(answer.result.text)
      view.dispatch({ effects: setMarks.of({ added: answer.result.added, traced: store.state.traced }) })
      describe()
    },
  )
  store.watch(
    ({ traced }) => traced,
    traced => {
      const { added } = store.state.answer?.result ?? { added: [] }
      const first = traced[0]
      const isThere = first !== undefined && first <= view.state.doc.lines
      const scroll = isThere
        ? [EditorView.scrollIntoView(view.state.doc.line(first).from, { y: 'center' })]
        : []
      view.dispatch({ effects: [setMarks.of({ added, traced }), ...scroll] })
    },
  )
}

const howToOpen = 'Click the line to open the profile there.'
const howToAsk = 'Put the cursor on an added line (+) to see where it comes from.'

function lineOfCursor(state: EditorState): number {
  return state.doc.lineAt(state.selection.main.head).number
}

interface Marked {
  readonly added: Answer['result']['added']
  readonly traced: readonly number[]
}

const setMarks = StateEffect.define<Marked>()

const plus = new (class extends GutterMarker {
  override toDOM() {
    return document.createTextNode('+')
  }
})()

interface Marks {
  readonly lines: DecorationSet
  readonly signs: RangeSet<GutterMarker>
}

const field = StateField.define<Marks>({
  create: () => ({ lines: Decoration.none, signs: RangeSet.empty }),
  update: (marks, { changes, effects, state }) =>
    effects.reduce((before, effect) => (effect.is(setMarks) ? marksOf(state, effect.value) : before), {
      lines: marks.lines.map(changes),
      signs: marks.signs.map(changes),
    }),
  provide: self => EditorView.decorations.from(self, ({ lines }) => lines),
})

const blank = new (class extends GutterMarker {})()

const marks = [
  field,
  gutter({
    class: 'signs',
    markers: ({ state }) => state.field(field).signs,
    // Each line has an element, so that all are as high as their lines.
    lineMarker: (_, __, others) => (others.length > 0 ? null : blank),
  }),
]

function marksOf({ doc }: EditorState, { added, traced }: Marked): Marks {
  const lines = new RangeSetBuilder<Decoration>()
  const signs = new RangeSetBuilder<GutterMarker>()
  const isTraced = new Set(traced)
  for (const { line, origin } of added) {
    if (line > doc.lines) break
    const { from } = doc.line(line)
    const kinds = ['added', ...(origin ? ['has-origin'] : []), ...(isTraced.has(line) ? ['traced'] : [])]
    lines.add(from, from, Decoration.line({ class: kinds.join(' ') }))
    signs.add(from, from, plus)
  }
  return { lines: lines.finish(), signs: signs.finish() }
}
