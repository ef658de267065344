/** The time, by the clock of the API server: it verifies our certificates. */
export interface ServerClock {
  /** In milliseconds since 1970. */
  now(): number
  /** Takes what the API server's clock said in an answer to a request that began at `askedAt`, by our own. */
  set(date: Date, askedAt: number): void
  /** Says by how much our own is off, when that is more than anybody expects. */
  problem(): string | undefined
}

/** Our own clock, corrected by what the API server says; until then as it is. */
export function serverClock(ownNow: () => number = Date.now): ServerClock {
  let aheadMs = 0
  return {
    now: () => ownNow() - aheadMs,
    set(date, askedAt) {
      // The date has no fractions of a second, and was said somewhere between question and answer.
      const answeredAt = ownNow()
      const measuredMs = (askedAt + answeredAt) / 2 - (date.getTime() + 500)
      const uncertainMs = 500 + (answeredAt - askedAt) / 2 + 500
      aheadMs = Math.abs(measuredMs) > uncertainMs ? Math.round(measuredMs) : 0
    },
    problem() {
      if (Math.abs(aheadMs) < reportedMs) return undefined
      const direction = aheadMs > 0 ? 'ahead of' : 'behind'
      return (
        `the clock of this machine is ${durationOf(Math.abs(aheadMs))} ${direction} the API server's. ` +
        "Certificates go by the API server's; set the clock of the node (NTP)"
      )
    },
  }
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
