import { callCounters, countersBefore } from './call-counters.ts'
import { dryRun } from './dry-run.ts'
import { check, read, unknown, warning } from './finding.ts'

/**
 * Whether calls fail now: compares the counters of the API server before and after the dry run. What failed earlier is no
 * problem any more, except for the Pods that the check "pods" finds. With several API servers, it is about the one that
 * answers.
 */
export const failedCalls = check('failed calls', async function* (installation) {
  const before = read(await countersBefore(installation))
  await dryRun(installation)
  const after = read(await callCounters(installation))
  if (!before || !after) {
    yield unknown('the API server has no metrics')
    return undefined
  }
  const since = `since the API server started, ${after.failed} of ${after.calls} failed`
  // The next request can reach another API server, which has counted other calls.
  if (before.start !== after.start) {
    yield unknown(`two API servers answered, so their counters cannot be compared; ${since}`)
    return undefined
  }
  const [calls, failed] = [after.calls - before.calls, after.failed - before.failed]
  if (failed > 0)
    yield warning(
      `${failed} of ${calls} calls failed while doctor ran, and the Pods started without injection`,
      'see "service" and "certificate" above',
    )
  return `none of ${calls} calls failed while doctor ran; ${since}`
})
