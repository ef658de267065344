import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { truncate } from '../../problems/truncate.ts'
import { columns } from '../output/columns.ts'

/** A table of Pods, one on each line. */
export function sweepTable(found: readonly FoundPod[]): string {
  const header = ['NAMESPACE', 'POD', 'CONTROLLER', 'PROFILES', 'REASON', 'MESSAGE']
  const rows = found.map(pod => [
    pod.namespace,
    pod.name,
    controllerOf(pod) ?? '-',
    pod.profiles.join(','),
    pod.kind,
    pod.message,
  ])
  return columns([header, ...rows].map(row => row.map(asCell)))
}

/** The same as JSON. */
export function sweepJson(found: readonly FoundPod[]): string {
  const pods = found.map(pod => ({
    namespace: pod.namespace,
    pod: pod.name,
    controller: controllerOf(pod) ?? null,
    profiles: pod.profiles,
    reason: pod.kind,
    message: pod.message,
  }))
  return `${JSON.stringify(pods, null, 2)}\n`
}

function controllerOf({ controller }: FoundPod): string | undefined {
  return controller && `${controller.kind}/${controller.name}`
}

const maxCell = 120

/** On one line and without control characters: an annotation can contain any text. */
function asCell(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return truncate(line, maxCell)
}
