import type { Store } from '../state.ts'

/** Its place in the page; nothing yet. */
export function mount(_host: HTMLElement, _store: Store): void {}
