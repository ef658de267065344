import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { describe } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
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
      const canaries = profiles.all.flatMap(profile => profiles.canaryOf?.(profile)?.profile ?? [])
      const revisions = [...profiles.all, ...canaries]
      inUse = new Set(revisions.map(({ name, revision }) => `${name}@${revision}`))
      const changes = { now: [...inUse.difference(before)], gone: [...before.difference(inUse)] }
      const news = [...described.symmetricDifference(known)]
      metrics.profileProblems.set(problems.length)
      metrics.profiles.set(profiles.all.length)
      metrics.profilesHash.set(hashOf(revisions))
      // Only a status changed, or a namespace has another profile of the same name and spec.
      if (!isFirst && [...changes.now, ...changes.gone, ...news].length === 0) return
      metrics.profileReloads.inc({ result: problems.length === 0 ? 'success' : 'failure' })
      log.info({ profiles: profiles.all.length, problems: problems.length, ...changes }, 'profiles read')
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

/** 48 bits, which a number in JavaScript and in Prometheus can hold. */
function hashOf(profiles: readonly Profile[]): number {
  const hash = createHash('sha256')
  const keys = profiles.map(({ kind, namespace = '', name, revision }) =>
    [kind, namespace, name, revision].join('/'),
  )
  for (const key of keys.toSorted()) hash.update(`${key}\n`)
  return hash.digest().readUIntBE(0, 6)
}

/** Otherwise each edit of a profile would add a series that stays until the process ends. */
async function forgetOthers({ injections }: Metrics, inUse: ReadonlySet<string>): Promise<void> {
  const { values } = await injections.get()
  for (const { labels } of values) {
    if (!inUse.has(`${labels.profile}@${labels.revision}`)) injections.remove(labels)
  }
}
