/** A text of at most `maxLength` UTF-16 code units, the last one "…" when the text is longer; it stays well-formed. */
export function truncate(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text
}
