/** Whether two maps are equal except for these keys, in CEL, also in fields that later versions of Kubernetes add. */
export function sameBut(a: string, b: string, keys: readonly string[]): string {
  const list = `[${keys.map(quoted).join(', ')}]`
  return `${a}.all(k, k in ${list} || k in ${b} && ${a}[k] == ${b}[k]) && ${b}.all(k, k in ${list} || k in ${a})`
}

/** A text in CEL that has no quotes. */
export function quoted(text: string): string {
  return `'${text}'`
}
