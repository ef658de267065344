import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { counted } from '../../problems/counted.ts'
import { liveSweep } from '../cluster/live-sweep.ts'
import { placeOf, workloadsIn } from '../sweep/workloads.ts'
import { check, unknown, warning } from './finding.ts'

/** Whether Pods lack what they requested, or workloads cannot create Pods because of Pillion: a pass of the sweep. */
export const pods = check('pods', async function* (installation) {
  const swept = await liveSweep(installation)
  if ('why' in swept) {
    yield unknown(swept.why.at(-1) ?? '')
    return undefined
  }
  const { found, blocked, pods } = swept
  const of = (kind: FoundPod['kind']) => {
    const some = found.filter(pod => pod.kind === kind)
    const workloads = counted(workloadsIn(some, []).length, 'workload')
    return { count: some.length, text: `${counted(some.length, 'Pod')} of ${workloads}` }
  }
  const [missed, denied, outdated] = [of('Missed'), of('Denied'), of('Outdated')]
  for (const { namespace, fix, why, ...workload } of workloadsIn([], blocked).slice(0, mostShown))
    yield warning(`${placeOf(workload)} in namespace ${namespace} cannot create Pods: ${why}`, fix)
  if (blocked.length > mostShown)
    yield warning(`${blocked.length - mostShown} more workloads cannot create Pods`, listing)
  if (denied.count > 0) yield warning(`${denied.text} would be denied now: nothing can replace them`, listing)
  if (missed.count > 0) yield warning(`${missed.text} run without what they requested`, listing)
  for (const note of swept.notes) yield unknown(note)
  const old = outdated.count === 0 ? '' : `; ${outdated.text} have an earlier revision (pillion sweep -A)`
  return `none of ${counted(pods, 'Pod')} lacks what it requested${old}`
})

const listing = 'pillion sweep -A'
const mostShown = 3
