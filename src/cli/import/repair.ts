import { describe, type Path, type Problem } from '../../problems/problem.ts'
import { givesNothing } from '../../profile/check/file-only.ts'
import { readProfile } from '../../profile/read.ts'
import { Failure } from '../io.ts'
import { removeAt, resultOf, type Taken, type TreeObject, takenIn } from './tree.ts'

/** A value that a valid profile cannot have, and the message of Pillion about it. */
interface Dropped {
  readonly value: Taken
  readonly why: string
}

/**
 * Removes from a profile what makes it invalid, until it is valid, and gives what was removed. Ends the command if nothing
 * that can be injected is left. Each round reads the profile once and removes at least one value.
 */
export function repaired(tree: TreeObject, file: string): readonly Dropped[] {
  const dropped = withoutInstructions(tree)
  for (let round = 0; round < maxRounds; round++) {
    const read = readProfile(resultOf(tree))
    if ('profile' in read) {
      const nothing = givesNothing(read.profile)
      if (nothing) throw unusable(file, [nothing], dropped)
      return dropped
    }
    const found = read.problems
      .toSorted(lastFirst)
      .map(({ path, message }) => ({ message, gone: removeAt(tree, path) }))
    if (found.every(({ gone }) => gone === undefined)) throw unusable(file, read.problems, dropped)
    for (const { message, gone = [] } of found) dropped.push(...gone.map(value => ({ value, why: message })))
  }
  throw unusable(file, [], dropped)
}

/**
 * Removes members of list items that core/v1 does not have and a profile has, such as `when`: text from the file never
 * becomes an expression.
 */
function withoutInstructions(tree: TreeObject): Dropped[] {
  const found = [...takenIn(tree)].filter(([path, value]) => isInstruction(path, value))
  return found
    .sort(([a], [b]) => compared(b, a))
    .flatMap(([path]) =>
      (removeAt(tree, path) ?? []).map(value => ({ value, why: 'core/v1 has no such field' })),
    )
}

function isInstruction(path: Path, { from, why }: Taken): boolean {
  const at = path.findIndex((step, i) => typeof path[i - 1] === 'number' && instructions.has(step))
  return at >= 0 && why === undefined && from[from.length - (path.length - at)] === path[at]
}

const instructions: ReadonlySet<string | number> = new Set([
  'when',
  'adopt',
  'inherit',
  'order',
  'json',
  'select',
])

// A removed value can make the item around it invalid, and so on up to the spec.
const maxRounds = 64

function unusable(file: string, problems: readonly Problem[], dropped: readonly Dropped[]): Failure {
  const causes = [...new Set(dropped.map(({ value, why }) => describe({ path: value.from, message: why })))]
  return new Failure(
    1,
    `${file}: no valid profile can be made of it`,
    ...problems.map(describe),
    ...causes.slice(0, shownCauses),
  )
}

const shownCauses = 10

/** So that a removal changes no index of a later one. */
function lastFirst({ path: a }: Problem, { path: b }: Problem): number {
  return compared(b, a)
}

function compared(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [one, other] = [a[i]!, b[i]!]
    if (one !== other)
      return typeof one === 'number' && typeof other === 'number' ? one - other : one < other ? -1 : 1
  }
  return a.length - b.length
}
