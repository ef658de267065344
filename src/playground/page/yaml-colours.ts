import { HighlightStyle, StreamLanguage, type StringStream, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { tags } from '@lezer/highlight'

// Only for colours: the worker parses. The grammar of YAML of CodeMirror, with its parser, would be 12 KB more as gzip.

interface State {
  /** The column that a block scalar is more indented than; undefined outside of one. */
  block: number | undefined
  quote: string | undefined
  /** Flow collections that are open. */
  depth: number
  /** Of the last key or dash of the line. */
  column: number
}

const language = StreamLanguage.define<State>({
  name: 'yaml',
  startState: () => ({ block: undefined, quote: undefined, depth: 0, column: 0 }),
  copyState: state => ({ ...state }),
  token,
  languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: ['[', '{', '"', "'"] } },
})

/** The colours of YAML, which are also those of JSON. */
export const yamlColours: Extension = [
  language,
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: tags.propertyName, color: 'var(--code-key)' },
      { tag: tags.string, color: 'var(--code-string)' },
      { tag: [tags.comment, tags.meta], color: 'var(--code-comment)' },
      { tag: tags.labelName, color: 'var(--code-keyword)' },
    ]),
  ),
]

/** Reads one token, and gives the name of its tag. */
export function token(stream: StringStream, state: State): string | null {
  if (stream.sol()) {
    state.column = stream.indentation()
    if (state.block !== undefined) {
      if (state.column > state.block) {
        stream.skipToEnd()
        return 'string'
      }
      state.block = undefined
    }
    if (state.quote === undefined && stream.match(/^(?:---|\.\.\.)(?=\s|$)/)) return 'meta'
  }
  if (state.quote !== undefined) return quoted(stream, state)
  if (stream.eatSpace()) return null
  const start = stream.column()
  const next = stream.next() ?? ''
  if (next === '#') {
    stream.skipToEnd()
    return 'comment'
  }
  if (next === '"' || next === "'") {
    state.quote = next
    return quoted(stream, state)
  }
  if (next === '-' && isEnd(stream.peek())) {
    state.column = start
    return null
  }
  if ('[{'.includes(next)) state.depth++
  if (']}'.includes(next)) state.depth = Math.max(0, state.depth - 1)
  if ('[]{},:'.includes(next)) return null
  if ('|>'.includes(next) && stream.match(/^[-+0-9]{0,2}(?=\s|$)/)) {
    state.block = state.column
    return 'meta'
  }
  if ('&*!'.includes(next)) {
    stream.eatWhile(/[^\s,[\]{}]/)
    return 'labelName'
  }
  return plain(stream, state, start)
}

/** A plain scalar; it is a key if a colon follows. */
function plain(stream: StringStream, state: State, start: number): string | null {
  let before = ''
  for (let next = stream.peek(); next !== undefined && next !== null; next = stream.peek()) {
    if (next === '#' && /\s/.test(before)) return null
    if (state.depth > 0 && ',[]{}'.includes(next)) return null
    if (next === ':' && isColon(stream)) {
      state.column = start
      return 'propertyName'
    }
    before = stream.next() ?? ''
  }
  return null
}

function isColon(stream: StringStream): boolean {
  return isEnd(stream.string[stream.pos + 1])
}

function quoted(stream: StringStream, state: State): string {
  for (let next = stream.next(); next !== undefined && next !== null; next = stream.next()) {
    if (next === '\\' && state.quote === '"') stream.next()
    else if (next === state.quote) {
      state.quote = undefined
      return stream.match(/^ ?:(?=\s|$)/, false) ? 'propertyName' : 'string'
    }
  }
  return 'string'
}

function isEnd(character: string | undefined | null): boolean {
  return character === undefined || character === null || /\s/.test(character)
}
