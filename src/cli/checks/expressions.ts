/** Whether two maps are equal except for these keys, in CEL, also in fields that later versions of Kubernetes add. */
export function sameBut(a: string, b: string, keys: readonly string[]): string {
  const list = `[${keys.map(quoted).join(', ')}]`
  return `${a}.all(k, k in ${list} || k in ${b} && ${a}[k] == ${b}[k]) && ${b}.all(k, k in ${list} || k in ${a})`
}

/** A text in CEL that has no quotes. */
export function quoted(text: string): string {
  return `'${text}'`
}

/** Whether a map has no other keys than these. */
export function onlyHas(map: string, keys: readonly string[]): string {
  return `${map}.all(k, k in [${keys.map(quoted).join(', ')}])`
}

/** A rule of the policy for the token, only for these targets. */
export function when(targets: readonly string[], expression: string, message: string) {
  return {
    expression: `!(${among(targets)}) || (${expression.replaceAll(/\s+/g, ' ')})`,
    message,
  }
}

/** Whether the request is for one of these targets. */
export function among(targets: readonly string[]): string {
  return `variables.target in [${targets.map(quoted).join(', ')}]`
}
