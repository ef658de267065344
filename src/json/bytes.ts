/** The number of bytes of a text as a JSON string in UTF-8, without its quotes. */
export function jsonBytes(text: string): number {
  if (isPlain.test(text)) return text.length
  let bytes = 0
  for (let i = 0; i < text.length; i++) bytes += bytesAt(text, i)
  return bytes
}

// Most texts are ASCII without quotes, backslashes and control characters. One character class: nothing backtracks.
const isPlain = /^[ !#-[\]-~]*$/

/** A text cut so that it has at most `max` bytes in JSON, with an ellipsis if something was cut. */
export function withinJsonBytes(text: string, max: number): string {
  let bytes = 0
  // The end of the text that leaves room for an ellipsis.
  let end = 0
  for (let i = 0; i < text.length; i++) {
    bytes += bytesAt(text, i)
    if (bytes > max) return `${text.slice(0, end).toWellFormed()}…`
    if (bytes <= max - bytesOfEllipsis) end = i + 1
  }
  return text
}

// Half a character at the cut becomes U+FFFD, which has as many bytes.
const bytesOfEllipsis = 2 * 3

/** Each half of a surrogate pair counts as half of its four bytes; a lone half is escaped. */
function bytesAt(text: string, i: number): number {
  const unit = text.charCodeAt(i)
  if (unit < 0x20) return short.has(unit) ? 2 : 6
  if (unit < 0x80) return unit === 0x22 || unit === 0x5c ? 2 : 1
  if (unit < 0x800) return 2
  if (unit < 0xd800 || unit > 0xdfff) return 3
  const isHigh = unit < 0xdc00
  const other = text.charCodeAt(isHigh ? i + 1 : i - 1)
  const isPaired = isHigh ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00
  return isPaired ? 2 : 6
}

/** Backspace, tab, newline, form feed and carriage return have escapes of two characters. */
const short = new Set([8, 9, 10, 12, 13])
