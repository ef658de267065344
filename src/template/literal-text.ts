/**
 * A text as a profile has it, so that Pillion reads no expression in it. `$(NAME)` stays as it is, because it is a reference
 * to an environment variable. In an expanded field, `$$(` stays as well, because the kubelet reads it in the same way.
 */
export function literalText(text: string, isExpanded: boolean): string {
  let written = ''
  let end = 0
  for (let start = text.indexOf('$('); start >= 0; start = text.indexOf('$(', start + 2)) {
    const isEscaped = text[start - 1] === '$'
    reference.lastIndex = start
    const isLiteral = isEscaped ? isExpanded : reference.test(text)
    written += `${text.slice(end, start)}${isLiteral ? '' : '$'}`
    end = start
  }
  return written + text.slice(end)
}

const reference = /\$\([A-Za-z_]\w*\)/y
