/**
 * A text as a terminal may get it: a terminal obeys control characters, which can hide text or imitate it, and anybody can
 * write these into an annotation or a message. Tabs, line ends, and the colours and bold type of Pillion's own output stay.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(controls, found => (kept.test(found) ? found : '\uFFFD'))
}

const controls = /\u001B\[\d{1,2}m|\r\n|[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu
const kept = /^(?:\u001B\[(?:1|22|3[1-69])m|\r?\n|\t)$/
