/**
 * A text as a terminal may get it: a terminal obeys control characters, which can hide text or imitate it, and anybody can
 * write these into an annotation or a message. Tabs, line ends, and the colours and bold type of Pillion's own output stay.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, (found, at: number) =>
    kept.some(each => text.startsWith(each, at)) ? found : '\uFFFD',
  )
}

const kept: readonly string[] = [
  ...['\n', '\t', '\r\n'],
  ...[1, 22, 31, 32, 33, 34, 35, 36, 39].map(style => `\u001B[${style}m`),
]
