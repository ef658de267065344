/** At most `most` of the items, in their order; the important ones have priority. */
export function bounded<T>(
  items: readonly T[],
  most: number,
  isImportant: (item: T) => boolean,
): { readonly shown: readonly T[]; readonly hidden: number } {
  if (items.length <= most) return { shown: items, hidden: 0 }
  const chosen = new Set(
    [...items.filter(isImportant), ...items.filter(item => !isImportant(item))].slice(0, most),
  )
  return { shown: items.filter(item => chosen.has(item)), hidden: items.length - most }
}
