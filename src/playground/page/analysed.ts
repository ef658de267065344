import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  type Completion as Option,
} from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { hoverTooltip, keymap } from '@codemirror/view'
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
  return [autocompletion({ override: [complete], icons: false }), hover, keymap.of(completionKeymap)]
}
