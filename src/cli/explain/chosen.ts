import type { Decided } from '../../manifest/decide.ts'
import { listNames } from '../../problems/nearest.ts'
import { kindNamed, wordsOf } from '../cluster/workload.ts'
import { Failure } from '../io.ts'

/**
 * The workloads of the manifests that the words name (`TYPE NAME` or `TYPE/NAME`, as in kubectl), all if there are no
 * words. The type may also be the kind of a custom resource. Ends the command if the words name none.
 */
export function chosenFrom<T extends Pick<Decided, 'workload'>>(
  decided: readonly T[],
  words: readonly string[],
): readonly T[] {
  if (words.length === 0) return decided
  const { type, name } = wordsOf(words)
  const kind = kindNamed(type) ?? type
  const chosen = decided.filter(
    ({ workload }) => workload.name === name && workload.kind.toLowerCase() === kind.toLowerCase(),
  )
  if (chosen.length === 0)
    throw new Failure(
      1,
      `the manifests have no ${kind}/${name}; their workloads: ${listNames(titlesOf(decided)) || 'none'}`,
    )
  return chosen
}

/** The only workload, for output that shows one. Ends the command if there are several, or none. */
export function onlyOne<T extends Pick<Decided, 'workload'>>(decided: readonly T[]): T {
  const [first, ...others] = decided
  if (first && others.length === 0) return first
  const titles = titlesOf(decided)
  throw new Failure(
    2,
    titles.length === 0
      ? '-o svg draws one workload, and these manifests have no workload'
      : `-o svg draws one workload, and these manifests have ${titles.length}: ${listNames(titles)}. Add its name to the command, for example ${titles[0]}`,
  )
}

function titlesOf(decided: readonly Pick<Decided, 'workload'>[]): readonly string[] {
  return decided.map(({ workload }) => `${workload.kind}/${workload.name}`)
}
