import type { Logger } from 'pino'
import { describe } from '../problems/problem.ts'
import type { Pair } from './certificate.ts'
import type { Metrics } from './metrics.ts'
import type { Loaded } from './profile-directory.ts'

/** Logs and counts the files and profiles that the server reads again while it runs. */
export function createReloadTelemetry(log: Logger, metrics: Metrics) {
  let inUse: ReadonlySet<string> | undefined
  let known: ReadonlySet<string> = new Set()
  return {
    /** Logs the changes of the profiles, and each new problem. */
    profiles({ profiles, problems }: Pick<Loaded, 'profiles' | 'problems'>) {
      const before = inUse ?? new Set()
      const described = new Set(problems.map(describe))
      const isFirst = inUse === undefined
      inUse = new Set(profiles.all.map(({ name, revision }) => `${name}@${revision}`))
      const changes = { now: [...inUse.difference(before)], gone: [...before.difference(inUse)] }
      const news = [...described.symmetricDifference(known)]
      // Only a status changed.
      if (!isFirst && [...changes.now, ...changes.gone, ...news].length === 0) return
      metrics.profileReloads.inc({ result: problems.length === 0 ? 'success' : 'failure' })
      metrics.profileProblems.set(problems.length)
      metrics.profiles.set(profiles.all.length)
      log.info({ profiles: inUse.size, problems: problems.length, ...changes }, 'profiles read')
      for (const problem of described.difference(known)) log.error({ problem }, 'profile not accepted')
      known = described
      void forgetOthers(metrics, inUse)
    },
    certificate({ expiresAt }: Pair) {
      metrics.certificateReloads.inc({ result: 'success' })
      metrics.certificateExpiry.set(expiresAt.getTime() / 1_000)
      log.info({ expiresAt }, 'certificate read')
    },
    badCertificate(problem: string) {
      metrics.certificateReloads.inc({ result: 'failure' })
      log.error({ problem }, 'certificate not accepted; the previous one stays in use')
    },
    clientCa() {
      metrics.clientCaReloads.inc({ result: 'success' })
      log.info('client CA read')
    },
    badClientCa(problem: string) {
      metrics.clientCaReloads.inc({ result: 'failure' })
      log.error({ problem }, 'client CA not accepted; the previous one stays in use')
    },
  }
}

/** Otherwise each edit of a profile would add a series that stays until the process ends. */
async function forgetOthers({ injections }: Metrics, inUse: ReadonlySet<string>): Promise<void> {
  const { values } = await injections.get()
  for (const { labels } of values) {
    if (!inUse.has(`${labels.profile}@${labels.revision}`)) injections.remove(labels)
  }
}
