/** The annotation that asks for profiles. */
export const injectAnnotation = 'pillion.dev/inject'

/** The names in the value of this annotation, as they are written: `log-tail@80fdeec34b` pins a revision. */
export function namesIn(value: string | undefined): readonly string[] {
  const names = (value ?? '').split(',').map(name => name.trim())
  return names.filter(name => name !== '' && name !== 'none')
}

/**
 * The value that asks for a profile besides those asked for now, or no longer for it; undefined removes the annotation.
 * `now` has the names that the Pod gets without the annotation, from its namespace.
 */
export function changedRequest(
  value: string | undefined,
  now: readonly string[],
  name: string,
  isWanted: boolean,
): string | undefined {
  const before = value === undefined ? now : namesIn(value)
  const others = before.filter(each => each.split('@')[0] !== name)
  const names = isWanted ? [...others, name] : others
  if (names.length > 0) return names.join(', ')
  return value === undefined ? 'none' : undefined
}
