import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  type Completion as Option,
} from '@codemirror/autocomplete'
import { type Diagnostic as Lint, lintKeymap, setDiagnostics } from '@codemirror/lint'
import type { Extension } from '@codemirror/state'
import { type EditorView, hoverTooltip, keymap } from '@codemirror/view'
import type { Diagnostic, Fix } from '../protocol.ts'
import { element } from './element.ts'
import type { Store } from './state.ts'

/** Completion and hover by the worker, for the manifest (`file()` is undefined) or for a file of profiles. */
export function analysed(store: Store, file: () => string | undefined): Extension {
  const complete = async ({ pos }: CompletionContext): Promise<CompletionResult | null> => {
    const found = await store.ask('complete', file(), pos).catch(() => undefined)
    if (!found) return null
    const options = found.options.map(
      ({ label, detail, info, insert }): Option => ({
        label,
        ...(detail !== undefined && { detail }),
        ...(info !== undefined && { info: () => element('div', { textContent: info }) }),
        ...(insert !== undefined && { apply: insert }),
      }),
    )
    return { from: found.from, to: found.to, options }
  }
  const hover = hoverTooltip(async (_, pos) => {
    const found = await store.ask('hover', file(), pos).catch(() => undefined)
    if (!found) return null
    const { from, to, text } = found
    return {
      pos: from,
      end: to,
      above: true,
      create: () => ({ dom: element('p', { className: 'said', textContent: text }) }),
    }
  })
  return [
    autocompletion({ override: [complete], icons: false }),
    hover,
    keymap.of([...completionKeymap, ...lintKeymap]),
  ]
}

/** Underlines the problems of a text. If the editor has another text by now, a later answer has them. */
export function showDiagnostics(view: EditorView, text: string, problems: readonly Diagnostic[]): void {
  if (view.state.doc.toString() !== text) return
  const lints = problems.map(
    ({ from, to, severity, message, fixes }): Lint => ({
      from: Math.min(from, text.length),
      to: Math.min(Math.max(to, from), text.length),
      severity,
      message,
      actions: fixes.map(fix => ({ name: fix.label, apply: edited => applyFix(edited, fix, text) })),
    }),
  )
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
