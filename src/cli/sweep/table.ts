import type { BlockedWorkload } from '../../cluster/sweep/blocked-workloads.ts'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { oneLine } from '../../problems/one-line.ts'
import { truncate } from '../../problems/truncate.ts'
import { workloadOf } from '../../profile/rollout/workload.ts'
import { columns } from '../output/columns.ts'
import { type FoundWorkload, placeOf } from './workloads.ts'

/** A table of workloads, one on each line. */
export function workloadTable(workloads: readonly FoundWorkload[]): string {
  const rows = workloads.map(workload => [
    workload.namespace,
    placeOf(workload),
    workload.pods.length === 0 ? '-' : `${workload.pods.length}`,
    workload.result,
    asCell(workload.why),
    // The last cell is not cut: it is a command.
    oneLine(workload.fix),
  ])
  return columns([['NAMESPACE', 'WORKLOAD', 'PODS', 'RESULT', 'WHY', 'FIX'], ...rows])
}

/** A table of Pods, one on each line, and of the workloads that have none. */
export function podTable(found: readonly FoundPod[], blocked: readonly BlockedWorkload[]): string {
  const rows = [
    ...found.map(pod => [
      pod.namespace,
      pod.name,
      placeOf(workloadOf(pod)),
      pod.profiles.join(','),
      pod.kind,
      pod.message,
    ]),
    ...blocked.map(workload => [
      workload.namespace,
      '-',
      placeOf(workload),
      '-',
      'Blocked',
      workload.message,
    ]),
  ]
  return columns([header, ...rows].map(row => row.map(asCell)))
}

const header = ['NAMESPACE', 'POD', 'WORKLOAD', 'PROFILES', 'RESULT', 'WHY']

/** A workload as JSON. */
export function workloadJson(workload: FoundWorkload) {
  return { ...workload, workload: placeOf(workload) }
}

const maxCell = 120

function asCell(text: string): string {
  return truncate(oneLine(text), maxCell)
}
