import { RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin } from '@codemirror/view'
import { byId } from './element.ts'
import type { Store } from './state.ts'
import { textEditor } from './text-editor.ts'

/** What changes, as a unified diff. */
export function mountDiffView(store: Store): void {
  const host = byId('diff-view')
  const { show } = textEditor(host, {
    label: 'Diff text',
    isReadOnly: true,
    isYaml: false,
    extensions: colouredLines,
  })
  store.watch(
    ({ answer }) => answer?.diff,
    diff => show(diff || 'Nothing changes.\n'),
  )
}

/** Colours the lines that are on the screen. */
const colouredLines = ViewPlugin.define(
  view => ({
    lines: coloured(view),
    update({ docChanged, viewportChanged, view }) {
      if (docChanged || viewportChanged) this.lines = coloured(view)
    },
  }),
  { decorations: ({ lines }) => lines },
)

function coloured({ state: { doc }, visibleRanges }: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>()
  for (const { from, to } of visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = doc.lineAt(at)
      const decoration = decorations[kindOf(line.text)]
      if (decoration) lines.add(line.from, line.from, decoration)
      at = line.to + 1
    }
  }
  return lines.finish()
}

function kindOf(line: string): keyof typeof decorations {
  if (/^(?:@@|--- |\+\+\+ )/.test(line)) return 'hunk'
  if (line.startsWith('+')) return 'added'
  return line.startsWith('-') ? 'removed' : 'same'
}

const decorations = {
  hunk: Decoration.line({ class: 'hunk' }),
  added: Decoration.line({ class: 'added' }),
  removed: Decoration.line({ class: 'removed' }),
  same: undefined,
}
