import type { Logger } from 'pino'
import { describe } from '../profile/problem.ts'
import type { Pair } from './certificate.ts'
import type { Metrics } from './metrics.ts'
import type { Loaded } from './profile-directory.ts'

/** Accounts for what the server reads again while it runs, in the log and in the metrics. */
export interface ReloadAccounts {
  /** Profiles were read: each problem is a line with its file, line and column. */
  readonly profiles: (loaded: Loaded) => void
  readonly certificate: (pair: Pair) => void
  /** A bad pair was kept out. */
  readonly badCertificate: (problem: string) => void
}

export function createReloadAccounts(log: Logger, metrics: Metrics): ReloadAccounts {
  return {
    profiles({ profiles, problems }) {
      metrics.profileReloads.inc({ result: problems.length === 0 ? 'success' : 'failure' })
      metrics.profileProblems.set(problems.length)
      metrics.profiles.set(profiles.all.length)
      const inUse = profiles.all.map(({ name, revision }) => `${name}@${revision}`)
      void forgetOthers(metrics, new Set(inUse))
      log.info({ profiles: inUse, problems: problems.length }, 'profiles read')
      for (const problem of problems) log.error({ problem: describe(problem) }, 'profile not accepted')
    },
    certificate({ expiresAt }) {
      metrics.certificateReloads.inc({ result: 'success' })
      metrics.certificateExpiry.set(expiresAt.getTime() / 1_000)
      log.info({ expiresAt }, 'certificate read')
    },
    badCertificate(problem) {
      metrics.certificateReloads.inc({ result: 'failure' })
      log.error({ problem }, 'certificate not accepted; the one before stays in use')
    },
  }
}

/** Without this, each edit of a profile would add a series for good. */
async function forgetOthers({ injections }: Metrics, inUse: ReadonlySet<string>): Promise<void> {
  const { values } = await injections.get()
  for (const { labels } of values) {
    if (!inUse.has(`${labels.profile}@${labels.revision}`)) injections.remove(labels)
  }
}
