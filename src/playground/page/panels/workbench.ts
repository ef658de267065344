import { element } from '../element.ts'
import type { Store } from '../state.ts'
import { mountCelConsole } from './cel-console.ts'
import { mountSamples } from './samples.ts'

/** Below the profile editor: an expression on the present Pod, the outcomes of other Pods, and tests. One part is open at a time. */
export function mount(host: HTMLElement, store: Store): void {
  host.className = 'workbench'
  mountCelConsole(part('Evaluate an expression'), store)
  mountSamples(part('Sample Pods and tests'), store)

  function part(title: string): HTMLElement {
    const body = element('div', { className: 'part' })
    host.append(element('details', { name: 'workbench' }, element('summary', {}, title), body))
    return body
  }
}
