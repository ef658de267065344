import type { Api } from '../api/api.ts'

/**
 * The clock of the API server, which verifies our certificates: this process's own clock, corrected by the responses of
 * the API server. Times are in milliseconds since 1970.
 */
export function serverClock(ownNow: () => number = Date.now) {
  let aheadMs = 0
  return {
    now: () => ownNow() - aheadMs,
    /** Takes the date of a response to a request that was sent at `askedAt` of the own clock. */
    set(date: Date, askedAt: number): void {
      // The date has whole seconds, and was read at some time between request and response.
      const answeredAt = ownNow()
      const measuredMs = (askedAt + answeredAt) / 2 - (date.getTime() + 500)
      const uncertainMs = 500 + (answeredAt - askedAt) / 2 + 500
      aheadMs = Math.abs(measuredMs) > uncertainMs ? Math.round(measuredMs) : 0
    },
    /** Says how much the own clock is off, if that is more than usual. */
    problem(): string | undefined {
      if (Math.abs(aheadMs) < reportedMs) return undefined
      const direction = aheadMs > 0 ? 'ahead of' : 'behind'
      return (
        `the clock of this machine is ${durationOf(Math.abs(aheadMs))} ${direction} the API server's. ` +
        "Certificates go by the API server's; set the clock of the node (NTP)"
      )
    },
  }
}

/**
 * The same API server, and the time of its clock in milliseconds since 1970, as its responses show it. Two replicas that
 * compare times that they stored may have different clocks.
 */
export function timed<Requests extends Pick<Api, 'request'>>(
  api: Requests,
): { readonly api: Requests; readonly now: () => number } {
  const clock = serverClock()
  const request: Api['request'] = async (...call) => {
    const askedAt = Date.now()
    const answer = await api.request(...call)
    if (answer.date) clock.set(answer.date, askedAt)
    return answer
  }
  return { api: { ...api, request }, now: clock.now }
}

/** `2 d 3 h`, `3 min`, `14 s`: the two largest units. */
export function durationOf(ms: number): string {
  let rest = Math.round(ms / 1_000)
  const parts = units.flatMap(([name, seconds]) => {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    return count > 0 ? [`${count} ${name}`] : []
  })
  return parts.slice(0, 2).join(' ') || '0 s'
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

const reportedMs = 30_000
