import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { truncate } from '../../problems/truncate.ts'
import { columns } from '../output/columns.ts'

/** A table of Pods, one on each line. */
export function sweepTable(found: readonly FoundPod[]): string {
  const rows = found.map(sweepJson).map(pod => Object.values({ ...pod, controller: pod.controller ?? '-' }))
  return columns([header, ...rows].map(row => row.map(cell => asCell([cell].flat().join(',')))))
}

const header = ['NAMESPACE', 'POD', 'CONTROLLER', 'PROFILES', 'REASON', 'MESSAGE']

/** A Pod as JSON, with its members in the order of the table. */
export function sweepJson({ namespace, name, controller, profiles, kind, message }: FoundPod) {
  return {
    namespace,
    pod: name,
    controller: controller ? `${controller.kind}/${controller.name}` : null,
    profiles,
    reason: kind,
    message,
  }
}

const maxCell = 120

/** On one line and without control characters: an annotation can contain any text. */
function asCell(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return truncate(line, maxCell)
}
