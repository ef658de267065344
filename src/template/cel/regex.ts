import { RE2JS } from 're2js'
import { spend } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { lru } from '../../limits/lru.ts'
import { patternSize } from './regex-size.ts'

/** A regular expression that a user wrote, in RE2's syntax: it takes linear time on every text. */
export interface Pattern {
  /** Whether any part of the text matches. */
  isFoundIn(text: string): boolean
  /** The most units of a budget that this takes. */
  unitsOn(text: string): number
  /** About how many instructions its program has; one takes up to 1 KB. */
  readonly size: number
}

/**
 * Compiles a pattern, or says what is wrong: the end of a sentence that begins with "the pattern". With JavaScript's own
 * `RegExp` a pattern such as `(a+)+$` could hang the server. https://github.com/google/re2/wiki/Syntax
 *
 * RE2 unrolls repetitions, so a short source can make a program of any size. A pattern over the limit is therefore never
 * compiled. The cost of any other is spent from the budget before the work. A cached pattern costs as much, so that all
 * replicas decide the same.
 */
export function compilePattern(source: string): Pattern | { readonly error: string } {
  if (source.length > limits.patternLength) {
    return { error: `has ${source.length} characters; the limit is ${limits.patternLength}` }
  }
  const size = patternSize(source)
  if (size > limits.patternSize) {
    return {
      error: `compiles to about ${size} instructions; the limit is ${limits.patternSize}: use smaller counts in {n,m}, or compare size() in an expression`,
    }
  }
  spend(size * unitsAnInstruction)
  return patterns(source, () => compiled(source, size))
}

/** Compiles a pattern that must be correct. Throws if it is not. */
export function mustCompile(source: string): Pattern {
  const pattern = compilePattern(source)
  if ('error' in pattern) throw new Error(`the pattern ${pattern.error}`)
  return pattern
}

// Measured: 2 to 14 µs.
const unitsAnInstruction = 100

// The same few patterns are used again and again. An instruction takes up to 1 KB, a source 2 bytes a character.
const patterns = lru<string, Pattern | { readonly error: string }>(256, limits.keptInstructions, pattern =>
  'error' in pattern ? 0 : pattern.size,
)

function compiled(source: string, size: number): Pattern | { readonly error: string } {
  try {
    const compiled = RE2JS.compile(source)
    return {
      isFoundIn: text => compiled.matcher(text).find(),
      unitsOn: text => ((compiled.programSize() + perCharacter) * text.length) / stepsAUnit,
      size,
    }
  } catch (error) {
    return { error: `is not an RE2 regular expression: ${(error as Error).message}` }
  }
}

// Measured: at most 13 ns for each instruction and character, and 0.2 µs for each character.
const stepsAUnit = 8
const perCharacter = 16
