/** Names of what comes behind and in front; `first` and `last` are the ends of the list. */
export interface Order {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Something that has a place in a list. */
export interface Item<I> {
  /** What others may call it. */
  readonly names: ReadonlySet<string>
  readonly before: ReadonlySet<string>
  readonly after: ReadonlySet<string>
  /** What comes behind it whatever the names say. */
  readonly next: readonly I[]
}

/**
 * All that a name stands for, as what comes before or after it sees it; or one of the two ends, behind all that is first
 * and before all that is last. One node instead of an edge for each pair, so that edges do not multiply.
 */
interface Group {
  readonly group: 'before' | 'after' | 'end'
  readonly name: string
}

export type Node<I> = I | Group

export function isGroup(node: object): node is Group {
  return 'group' in node
}

/** Items by what leads from one to another. */
export interface Index<I> {
  readonly bearers: Map<string, I[]>
  readonly followers: Map<string, I[]>
  readonly notFirst: I[]
  readonly last: I[]
}

export function indexOf<I extends Item<I>>(items: Iterable<I>): Index<I> {
  const index: Index<I> = { bearers: new Map(), followers: new Map(), notFirst: [], last: [] }
  for (const item of items) enter(index, item)
  return index
}

export function enter<I extends Item<I>>({ bearers, followers, notFirst, last }: Index<I>, item: I): void {
  for (const name of item.names) append(bearers, name, item)
  for (const name of item.after) append(followers, name, item)
  if (!item.before.has('first')) notFirst.push(item)
  if (item.after.has('last')) last.push(item)
}

function append<I>(groups: Map<string, I[]>, key: string, item: I): void {
  const group = groups.get(key)
  if (group) group.push(item)
  else groups.set(key, [item])
}

interface Options<I> {
  /** Whether an item is there at all; all are unless this says otherwise. */
  readonly meets?: (item: I) => boolean
  /** Whether a name without an item may be that of another one: what is before it then comes before what is after it. */
  readonly isOpen?: boolean
  /** Called with the number of steps that were taken. */
  readonly count?: (steps: number) => void
}

/** The graph of the items in some indexes, as a function from a node to those that come after it. */
export function successorsIn<I extends Item<I>>(
  indexes: readonly Index<I>[],
  { meets, isOpen = false, count }: Options<I> = {},
): (node: Node<I>) => readonly Node<I>[] {
  const groups = new Map<string, Group>()
  const groupOf = (group: Group['group'], name: string): Group => {
    const key = `${group} ${name}`
    const known = groups.get(key) ?? { group, name }
    groups.set(key, known)
    return known
  }
  const all = (itemsIn: (index: Index<I>) => readonly I[] | undefined): readonly I[] => {
    const items = indexes.flatMap(index => itemsIn(index) ?? [])
    count?.(items.length)
    return meets ? items.filter(meets) : items
  }
  const membersOf = ({ group, name }: Group): readonly Node<I>[] => {
    if (group === 'end') return all(({ notFirst, last }) => (name === 'first' ? notFirst : last))
    if (group === 'after') return all(({ followers }) => followers.get(name))
    const bearers = all(index => index.bearers.get(name))
    return isOpen && bearers.length === 0 ? [groupOf('after', name)] : bearers
  }
  return node => {
    if (isGroup(node)) return membersOf(node)
    const successors: Node<I>[] = [...node.next]
    for (const name of node.before) successors.push(groupOf(name === 'first' ? 'end' : 'before', name))
    for (const name of node.names)
      if (indexes.some(({ followers }) => followers.has(name))) successors.push(groupOf('after', name))
    if (!node.after.has('last') && indexes.some(({ last }) => last.length > 0))
      successors.push(groupOf('end', 'last'))
    count?.(successors.length + 1)
    return successors
  }
}
