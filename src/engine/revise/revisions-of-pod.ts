import { isRevision } from '../../profile/revision.ts'
import type { Subject } from '../decision.ts'
import { claimOf, statusOf } from '../status/status.ts'
import { pinOf } from './revise.ts'

/**
 * The revisions of a profile that a Pod that runs needs: the one that its status lists, the one that it had before an update,
 * because the Pod is put back to it when the update fails, and the one that it or its namespace pins. Anybody can write these
 * annotations, so they say only what must be kept.
 */
export function revisionsOfPod(name: string, subject: Pick<Subject, 'pod' | 'namespace'>): readonly string[] {
  const { revision, updated } = claimOf(name, statusOf(subject.pod)) ?? {}
  const all = [revision, updated?.from, pinOf(name, subject)?.value]
  return all.filter(each => each !== undefined && isRevision(each)) as string[]
}
