import { RE2JS } from 're2js'
import { recent } from './recent.ts'

/** A regular expression that a person wrote, in RE2's syntax: no text makes it take more than linear time. */
export interface Pattern {
  /** Whether some part of the text matches. */
  isFoundIn(text: string): boolean
  /** How many steps that takes at most; some 25 ns each. */
  stepsOn(text: string): number
}

/**
 * A pattern, or why it is none. The language's own `RegExp` would let a pattern such as `(a+)+$` hang
 * the server. https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(source: string): Pattern | { readonly error: string } {
  return patterns(source, () => compiled(source))
}

// One takes 10 KB, and the same few are asked for again and again.
const patterns = recent<string, Pattern | { readonly error: string }>(256)

function compiled(source: string): Pattern | { readonly error: string } {
  try {
    const compiled = RE2JS.compile(source)
    return {
      isFoundIn: text => compiled.matcher(text).find(),
      stepsOn: text => compiled.programSize() * text.length,
    }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
