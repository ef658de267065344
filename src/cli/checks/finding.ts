import type { LiveInstallation } from '../cluster/installation.ts'
import type { Seen } from '../cluster/live-cluster.ts'

/** A result of a check. */
export interface Finding {
  /** The name of the check. */
  readonly name: string
  /** `unknown`: it could not be read, in most cases because a permission is missing. */
  readonly status: 'ok' | 'warning' | 'broken' | 'unknown'
  readonly message: string
  /** How to fix it. */
  readonly hint?: string
}

/** Checks one aspect of an installation. Returns at least one finding. */
export type Check = (installation: LiveInstallation) => Promise<readonly Finding[]>

type Result = Omit<Finding, 'name'>

/**
 * A check that yields what is wrong or unknown. The sentence that it returns counts only when it has yielded nothing. It looks
 * at an installation once, and another check can wait for it.
 */
export function check(
  name: string,
  look: (installation: LiveInstallation) => AsyncGenerator<Result, string | undefined, undefined>,
): Check {
  const known = new WeakMap<LiveInstallation, Promise<readonly Finding[]>>()
  return installation => {
    const running = known.get(installation) ?? run(installation)
    known.set(installation, running)
    return running
  }

  async function run(installation: LiveInstallation): Promise<readonly Finding[]> {
    const results: Result[] = []
    try {
      const looking = look(installation)
      let next = await looking.next()
      for (; !next.done; next = await looking.next()) results.push(next.value)
      if (results.length === 0) results.push(result('ok', next.value ?? ''))
    } catch (error) {
      if (!(error instanceof Unseen)) throw error
      results.push(unknown(error.message))
    }
    return results.map(each => ({ name, ...each }))
  }
}

/** The value of something that a check reads; undefined when it does not exist. Ends the check when it is unknown. */
export function read<T>(seen: Seen<T>): T | undefined {
  if (seen.state === 'unknown') throw new Unseen(seen.why)
  return seen.state === 'there' ? seen.value : undefined
}

class Unseen extends Error {}

export const warning = (message: string, hint: string) => result('warning', message, hint)
export const broken = (message: string, hint: string) => result('broken', message, hint)
export const unknown = (message: string) => result('unknown', message)

function result(status: Finding['status'], message: string, hint?: string): Result {
  return { status, message, ...(hint !== undefined && { hint }) }
}
