/**
 * A text as a terminal may get it: a terminal obeys control characters, which can hide text or imitate it, and anybody can
 * write these into an annotation or a message. Tabs, line ends, and the colours and bold type of Pillion's own output stay.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(controls, found => (kept.has(found) ? found : '\uFFFD'))
}

const controls = /\p{Cc}\[\d{1,2}m|\r\n|[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu
const kept: ReadonlySet<string> = new Set([
  ...['\t', '\n', '\r\n'],
  ...[1, 22, 31, 32, 33, 34, 35, 36, 39].map(style => `\u001B[${style}m`),
])
