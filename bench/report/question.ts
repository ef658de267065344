/** What a benchmark is to find out: one file of bench/ exports one as `question`. */
export interface Question {
  /** As a reader of docs/performance.md would ask it. */
  readonly title: string
  /** How it is measured, and what the figures do not say; Markdown. */
  readonly about: string
  measure(how: { readonly isLong: boolean }): Promise<Answer>
}

export interface Answer {
  readonly tables: readonly Table[]
  readonly budgets: readonly Budget[]
}

/** A row's cells are under the names of its columns; the first row has all of them, in order. */
export interface Table {
  readonly caption: string
  readonly rows: readonly Readonly<Record<string, string | number>>[]
}

/** Ratios of one run mean something on a noisy machine; absolute times only say of what order they are. */
export interface Budget {
  readonly what: string
  readonly measured: number
  readonly bound: 'at most' | 'at least'
  readonly limit: number
}

export function isKept({ measured, bound, limit }: Budget): boolean {
  return bound === 'at most' ? measured <= limit : measured >= limit
}
