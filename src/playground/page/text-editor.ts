import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { look } from './editor-look.ts'
import { yamlColours } from './yaml-colours.ts'

export interface TextEditor {
  readonly view: EditorView
  /** Shows another text. What is the same at both ends stays, and with it the cursor and the scroll position. */
  show(text: string): void
}

export interface TextEditorOptions {
  /** Its name for screen readers. */
  readonly label: string
  readonly isReadOnly?: boolean
  readonly isYaml?: boolean
  readonly extensions?: Extension
}

/**
 * CodeMirror in a shadow root of `host`: there it adopts style sheets. In the document it would make a <style>, which the
 * content security policy forbids.
 */
export function textEditor(
  host: HTMLElement,
  { label, isReadOnly = false, isYaml = true, extensions = [] }: TextEditorOptions,
): TextEditor {
  const root = host.attachShadow({ mode: 'open', delegatesFocus: true })
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      extensions: [
        extensions,
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        drawSelection(),
        isReadOnly ? readOnly : editing,
        isYaml ? yamlColours : [],
        keymap.of(defaultKeymap),
        // It can be edited, and so has the focus in any browser; axe wants to see it.
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        look,
      ],
    }),
  })
  return {
    view,
    show: text => {
      const before = view.state.doc.toString()
      const changes = changeBetween(before, text)
      if (changes) view.dispatch({ changes })
    },
  }
}

const editing: Extension = [
  history(),
  bracketMatching(),
  indentUnit.of('  '),
  EditorState.tabSize.of(2),
  // Escape, then Tab leaves the editor: CodeMirror lets the next Tab through after Escape.
  keymap.of([...historyKeymap, indentWithTab]),
]

// It has a cursor, so that the keyboard reaches each line; touch screens show no keyboard for it.
const readOnly: Extension = [
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ 'aria-readonly': 'true', inputmode: 'none' }),
]

/** The change from one text to another; undefined if they are the same. */
export function changeBetween(before: string, after: string) {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}
