type Pairs = Readonly<Record<string, string>>

/** Labels or annotations of a text with one on each line, as `key=value`. Lines that are not of this form are named. */
export function pairsIn(text: string): { readonly pairs: Pairs; readonly problem?: string } {
  const lines = text.split('\n').map(line => line.trim())
  const wrong = lines.findIndex(line => line !== '' && line.indexOf('=') < 1)
  const entries = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('=')
    return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
  })
  return {
    pairs: Object.fromEntries(entries),
    ...(wrong >= 0 && {
      problem: `Line ${wrong + 1} is ${JSON.stringify(lines[wrong])}: write key=value.`,
    }),
  }
}

/** The text of labels or annotations. */
export function pairsText(pairs: Pairs): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
}
