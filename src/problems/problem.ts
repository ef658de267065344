/** A step into a document: a member's key or an item's index. */
export type Path = readonly (string | number)[]

/** What is wrong with something a person wrote, and where. */
export interface Problem {
  readonly path: Path
  readonly message: string
  /** What is probably misspelt in the key or the value at the path. */
  readonly misspelt?: Misspelt
  /** The place in the file that it came from, if any; line and column count from 1. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** A word in a text, and what its author probably meant. */
export interface Misspelt {
  readonly word: string
  readonly meant: string
}

/** `spec.containers[0].image`, as kubectl and the API server write field paths. */
export function fieldPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

/** `file:line:column: field.path: message`, with the parts that are known. */
export function describe({ file, line, column, path, message }: Problem): string {
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  return [place, fieldPath(path), message].filter(part => part !== '').join(': ')
}
