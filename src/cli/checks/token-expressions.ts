/** A rule only for these targets. */
export function when(targets: readonly string[], expression: string, message: string) {
  return {
    expression: `!(${among(targets)}) || (${expression.replaceAll(/\s+/g, ' ')})`,
    message,
  }
}

export function among(targets: readonly string[]): string {
  return `variables.target in [${targets.map(quoted).join(', ')}]`
}

/** Whether two maps are equal except for these keys, also in fields that later versions of Kubernetes add. */
export function sameBut(a: string, b: string, keys: readonly string[]): string {
  const list = listOf(keys)
  return `${a}.all(k, k in ${list} || k in ${b} && ${a}[k] == ${b}[k]) && ${b}.all(k, k in ${list} || k in ${a})`
}

/** Whether a map has no other keys than these. */
export function onlyHas(map: string, keys: readonly string[]): string {
  return `${map}.all(k, k in ${listOf(keys)})`
}

function listOf(keys: readonly string[]): string {
  return `[${keys.map(quoted).join(', ')}]`
}

function quoted(text: string): string {
  return `'${text}'`
}
