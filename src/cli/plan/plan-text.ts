import { counted } from '../../problems/counted.ts'
import { oneLine } from '../../problems/one-line.ts'
import { truncate } from '../../problems/truncate.ts'
import { columns } from '../output/columns.ts'
import { type Outcome, outcomes, type PlannedPod } from './planned-pods.ts'

/** `37 Pods of 12 workloads: 31 images in place, 4 recreated, 2 by hand`, and why those of each kind that is not in place. */
export function planText(pods: readonly PlannedPod[]): string {
  if (pods.length === 0) return 'no Pod that runs has the profile\n'
  const workloads = new Set(pods.map(placeOf)).size
  const counts = [...Map.groupBy(pods, wordsOf)]
    .sort(byOutcome)
    .map(([words, all]) => `${all.length} ${words}`)
  const reasons = Map.groupBy(
    pods.filter(({ because }) => because !== undefined),
    ({ outcome, because }) => `${outcomeWords[outcome]}: ${because}`,
  )
  const byCount = [...reasons].sort(([, a], [, b]) => b.length - a.length)
  const lines = byCount.map(([reason, all]) => `  ${counted(all.length, 'Pod')} ${oneLine(reason)}`)
  const shown = lines.slice(0, mostReasons)
  const rest =
    lines.length > shown.length ? [`  and ${lines.length - shown.length} more reasons: -o wide`] : []
  const sentence = `${counted(pods.length, 'Pod')} of ${counted(workloads, 'workload')}: ${counts.join(', ')}`
  return `${[sentence, ...firstLine(pods), ...shown, ...rest].join('\n')}\n`
}

const mostReasons = 5

/** How far the first share of the rollout goes. */
function firstLine(pods: readonly PlannedPod[]): readonly string[] {
  if (pods.every(({ isFirst }) => isFirst === undefined)) return []
  const first = pods.filter(({ isFirst }) => isFirst)
  const workloads = new Set(first.map(placeOf)).size
  return [`  first: ${counted(first.length, 'Pod')} of ${counted(workloads, 'workload')}`]
}

function byOutcome(
  [, [a]]: readonly [string, readonly PlannedPod[]],
  [, [b]]: readonly [string, readonly PlannedPod[]],
): number {
  return outcomes.indexOf(a!.outcome) - outcomes.indexOf(b!.outcome)
}

/** `images in place`, `by hand` */
function wordsOf({ outcome, kind }: PlannedPod): string {
  return outcome === 'inPlace' && kind !== 'none' && kind !== 'recreate'
    ? inPlaceWords[kind]
    : outcomeWords[outcome]
}

const inPlaceWords = {
  metadata: 'labels and annotations in place',
  images: 'images in place',
  resources: 'CPU and memory in place',
} as const

const outcomeWords: Readonly<Record<Outcome, string>> = {
  inPlace: 'in place',
  recreated: 'recreated',
  byHand: 'by hand',
  later: 'when they are created again',
  unchanged: 'unchanged',
}

/** A table with a line for each workload, and for each thing that happens to Pods of it. */
export function planTable(pods: readonly PlannedPod[]): string {
  const groups = Map.groupBy(pods, pod => [placeOf(pod), wordsOf(pod), pod.because, ...pod.fields].join('\n'))
  const rows = [...groups.values()].map(([first, ...others]) => {
    const { namespace, workload, from, fields, because } = first!
    const changed = fields.length > 0 ? fields.join(', ') : '-'
    return [
      namespace,
      workload,
      `${others.length + 1}`,
      from,
      wordsOf(first!),
      ...[changed, because ?? '-'].map(text => truncate(oneLine(text), mostInCell)),
    ]
  })
  const sorted = rows.toSorted((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))
  return columns([['NAMESPACE', 'WORKLOAD', 'PODS', 'REVISION', 'WHAT', 'CHANGED', 'WHY'], ...sorted])
}

const mostInCell = 120

function placeOf({ namespace, workload }: PlannedPod): string {
  return `${namespace}/${workload}`
}
