import { nextDiagnostic, setDiagnostics } from '@codemirror/lint'
import type { Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { counted } from '../../problems/counted.ts'
import type { Diagnostic, Fix } from '../protocol.ts'
import { byId, element } from './element.ts'

/** The problems of the text of an editor: underlined, and as a list that a button below the editor opens. */
export interface Problems {
  readonly keys: Extension
  /** Shows the problems of a text. If the editor has another text by now, a later answer has them. */
  show(view: EditorView, text: string, problems: readonly Diagnostic[]): void
}

/** `id` is that of the button in index.html; the list has it with `-list`. */
export function problemsOf(id: string): Problems {
  const button = byId<HTMLButtonElement>(id)
  const list = byId(`${id}-list`)
  let isOpen = false
  const open = (now: boolean) => {
    isOpen = now
    list.hidden = !isOpen || button.disabled
    button.ariaExpanded = String(isOpen)
  }
  button.onclick = () => open(!isOpen)
  return {
    keys: keymap.of([
      { key: 'F8', run: nextDiagnostic },
      {
        key: 'Mod-Shift-m',
        preventDefault: true,
        run: () => {
          open(true)
          list.querySelector('button')?.focus()
          return true
        },
      },
    ]),
    show: (view, text, problems) => {
      if (view.state.doc.toString() !== text) return
      underline(view, text, problems)
      button.textContent = problems.length === 0 ? 'No problems' : counted(problems.length, 'problem')
      button.disabled = problems.length === 0
      const listed = problems.slice(0, mostListed).map(problem => item(view, text, problem))
      const left = problems.length - listed.length
      list.replaceChildren(
        ...listed,
        ...(left > 0 ? [element('li', {}, `${left} more are underlined in the text.`)] : []),
      )
      open(isOpen)
    },
  }
}

// More than anybody reads at once, and few enough for a keystroke.
const mostListed = 200

function item(view: EditorView, text: string, { from, severity, message, fixes }: Diagnostic): HTMLElement {
  const line = view.state.doc.lineAt(Math.min(from, text.length)).number
  const place = element('button', { type: 'button', className: 'place', textContent: `Line ${line}` })
  place.onclick = () => {
    const anchor = Math.min(from, view.state.doc.length)
    view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
    view.focus()
  }
  const buttons = fixes.map(fix => {
    const button = element('button', { type: 'button', textContent: fix.label })
    button.onclick = () => applyFix(view, fix, text)
    return button
  })
  return element(
    'li',
    { className: severity },
    place,
    element('strong', { textContent: ` ${severity}: ` }),
    element('span', { textContent: message }),
    ...(buttons.length > 0 ? [element('div', { className: 'fixes' }, ...buttons)] : []),
  )
}

function underline(view: EditorView, text: string, problems: readonly Diagnostic[]): void {
  const lints = problems.map(({ from, to, severity, message, fixes }) => ({
    from: Math.min(from, text.length),
    to: Math.min(Math.max(to, from), text.length),
    severity,
    message,
    actions: fixes.map(fix => ({ name: fix.label, apply: () => applyFix(view, fix, text) })),
  }))
  view.dispatch(setDiagnostics(view.state, lints))
}

function applyFix(view: EditorView, { edits }: Fix, text: string): void {
  if (view.state.doc.toString() !== text) return
  view.dispatch({
    changes: edits.map(({ from, to, insert }) => ({ from, to, insert })),
    userEvent: 'input.fix',
  })
  view.focus()
}
