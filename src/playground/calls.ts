import type { Analysis } from './protocol.ts'

/** A call of a function of the analysis. */
export interface Call {
  readonly call: number
  readonly name: keyof Analysis
  readonly arguments: readonly unknown[]
}

export type Reply = { readonly call: number } & ({ readonly result: unknown } | { readonly failed: string })

/** An exception is a bug of Pillion: the page shows it, and the worker lives on. */
export function replyTo(analysis: Analysis, { call, name, arguments: given }: Call): Reply {
  try {
    const run = analysis[name] as (...given: readonly unknown[]) => unknown
    return { call, result: run(...given) }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { call, failed: `this is a fault in the playground: ${text}` }
  }
}
