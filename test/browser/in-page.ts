// Functions that run in the page: they can use nothing from outside of themselves.

/** Runs in the page: the visible controls that are not among these places. */
export function unreached(places: readonly number[]): readonly string[] {
  const all = [
    ...document.querySelectorAll('button, select, input, textarea, summary, .editor, [tabindex="0"]'),
  ]
  return all.flatMap((each, place) => {
    const { disabled = false, tabIndex } = each as HTMLButtonElement
    const isThere = each.checkVisibility({ visibilityProperty: true }) && !disabled
    // The arrow keys reach the other tabs.
    const isTab = each.getAttribute('role') === 'tab' && tabIndex < 0
    return isThere && !isTab && !places.includes(place) ? [each.outerHTML.slice(0, 120)] : []
  })
}

/** Runs in the page: how far a line number or a sign of the result is from its line, at most, in pixels. */
export function besideLines(): { readonly lines: number; readonly furthest: number } {
  const root = document.getElementById('result-view')?.shadowRoot
  const tops = (selector: string) =>
    [...(root?.querySelectorAll(selector) ?? [])].map(each => each.getBoundingClientRect().top)
  const lines = tops('.cm-line')
  // The first one is invisible, and as wide as the widest number.
  const numbers = tops('.cm-lineNumbers .cm-gutterElement').slice(1)
  const signs = tops('.signs .cm-gutterElement')
  const distances = lines.flatMap((top, i) => [numbers[i]! - top, signs[i]! - top].map(Math.abs))
  return { lines: lines.length, furthest: Math.round(Math.max(...distances)) }
}

/** Runs in the page, where axe is. */
export async function violations(): Promise<readonly string[]> {
  interface Violation {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }
  const { axe } = globalThis as unknown as {
    axe: { run(): Promise<{ readonly violations: readonly Violation[] }> }
  }
  const found = await axe.run()
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

/** Runs in the page: `taken` becomes the time from the next key until the first line of the result has an ending. */
export function measureUntil(ending: string): void {
  const result = document.getElementById('result-view')?.shadowRoot
  if (!result) throw new Error('there is no result')
  const taken = new Promise<number>(resolve => {
    addEventListener(
      'keydown',
      () => {
        const start = performance.now()
        const observer = new MutationObserver(() => {
          if (result.querySelector('.cm-line')?.textContent !== `# ${ending}`) return
          observer.disconnect()
          resolve(performance.now() - start)
        })
        observer.observe(result, { subtree: true, childList: true, characterData: true })
      },
      { capture: true, once: true },
    )
  })
  Object.assign(globalThis, { taken })
}
