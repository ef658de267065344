/** Plain text, or an expression; `source` is undefined where its parenthesis does not close. */
type Part = string | { readonly source: string | undefined; readonly offset: number }

/**
 * Splits text at its expressions. `$$(` is a literal `$(`; `$(NAME)` with a C identifier is a reference to an environment
 * variable, which the kubelet expands, and stays text. In an `expanded` field `$$(` stays as well: the kubelet reads it.
 */
export function split(text: string, expanded: boolean): Part[] {
  const parts: Part[] = []
  let plain = ''
  let i = 0
  while (i < text.length) {
    if (text.startsWith('$$(', i)) {
      plain += expanded ? '$$(' : '$('
      i += 3
    } else if (text.startsWith('$(', i)) {
      const end = closing(text, i + 2)
      const source = end === undefined ? undefined : text.slice(i + 2, end)
      if (source !== undefined && /^[A-Za-z_]\w*$/.test(source)) plain += `$(${source})`
      else {
        if (plain !== '') parts.push(plain)
        plain = ''
        parts.push({ source, offset: i })
      }
      i = end === undefined ? text.length : end + 1
    } else {
      const next = text.indexOf('$', i + 1)
      const end = next < 0 ? text.length : next
      plain += text.slice(i, end)
      i = end
    }
  }
  if (plain !== '' || parts.length === 0) parts.push(plain)
  return parts
}

/** The index of the parenthesis that closes the one before `start`, past nested ones and CEL string literals. */
export function closing(text: string, start: number): number | undefined {
  let depth = 1
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (character === '(') depth++
    else if (character === ')' && --depth === 0) return i
    else if (character === '"' || character === "'") i = literalEnd(text, i, character) - 1
  }
  return undefined
}

/**
 * The index behind the string literal that begins at `start`. A literal that is not closed takes the rest, so that no
 * text is read twice. https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values
 */
function literalEnd(text: string, start: number, quote: string): number {
  const triple = quote.repeat(3)
  const mark = text.startsWith(triple, start) ? triple : quote
  for (let i = start + mark.length; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text.startsWith(mark, i)) return i + mark.length
  }
  return text.length
}
