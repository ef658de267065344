import { setTimeout as sleep } from 'node:timers/promises'

/** Where a scrape comes from. Its labels are those that a Prometheus adds. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>
  /** The text of `/metrics`. Throws if the target does not answer. */
  metrics(): Promise<string>
}

/** Series with one value for each step, in the notation of promtool's tests. */
export interface Recording {
  readonly stepSeconds: number
  /** When something happened, in seconds from the start. */
  readonly marks: Readonly<Record<string, number>>
  readonly series: Readonly<Record<string, string>>
}

/** The default of `monitoring.serviceMonitor.interval`. */
export const stepSeconds = 30
/** Real time of a step in which nothing changes: an hour takes six seconds. So the replicas sweep more often, too. */
const paceMs = 50

export type Recorder = ReturnType<typeof createRecorder>

/**
 * Scrapes targets as Prometheus does, in a time-lapse: two scrapes are 30 recorded seconds apart, but only a moment of real
 * time. Timestamps are converted to recorded time. Ages in seconds are not converted.
 */
export function createRecorder(targets: () => readonly Target[], isWanted: (metric: string) => boolean) {
  const series = new Map<string, (number | 'stale' | undefined)[]>()
  const marks: Record<string, number> = {}
  /** The real second of each step. */
  const times: number[] = []

  async function scrape(): Promise<void> {
    const step = times.length
    const now = Date.now() / 1_000
    times.push(now)
    const answers = targets().map(async ({ labels, metrics }) => ({
      labels,
      text: await metrics().catch(() => ''),
    }))
    for (const { labels, text } of await Promise.all(answers)) {
      for (const [, name = '', own = '', value] of text.matchAll(sample)) {
        if (!isWanted(name)) continue
        const values = valuesOf(`${name}${labelsOf(own, labels)}`)
        values[step] = rounded(
          name,
          name.endsWith('_timestamp_seconds') ? recordedTime(Number(value)) : Number(value),
        )
      }
    }
    // Prometheus marks a series that is not there any more.
    for (const values of series.values()) {
      if (values[step] === undefined && typeof values[step - 1] === 'number') values[step] = 'stale'
    }
  }

  function valuesOf(key: string) {
    const values = series.get(key) ?? []
    series.set(key, values)
    return values
  }

  /** Converts a real second to a recorded second. A time in the future stays as far away as in real time. */
  function recordedTime(real: number): number {
    const last = times.length - 1
    const after = times.findIndex(time => time >= real)
    if (after < 0) return last * stepSeconds + (real - (times[last] ?? 0))
    if (after === 0) return 0
    const [from = 0, to = 0] = [times[after - 1], times[after]]
    return (after - 1 + (real - from) / (to - from)) * stepSeconds
  }

  const seconds = () => times.length * stepSeconds
  return {
    scrape,
    /** Seconds from the start to the next scrape. */
    seconds,
    /** Records that something happens now. */
    mark: (name: string) => void Object.assign(marks, { [name]: seconds() }),
    /** Lets time pass. `each` is called before each scrape. */
    async minutes(count: number, each: () => Promise<void> = async () => {}): Promise<void> {
      for (let step = 0; step < (count * 60) / stepSeconds; step++) {
        const next = sleep(paceMs)
        await each()
        await scrape()
        await next
      }
    },
    recording(): Recording {
      const written = [...series].map(([key, values]) => [key, notationOf(values, times.length)])
      return { stepSeconds, marks, series: Object.fromEntries(written.toSorted()) }
    },
  }
}

const sample = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/gim

function labelsOf(own: string, added: Readonly<Record<string, string>>): string {
  const all = [
    ...(own === '' ? [] : [own]),
    ...Object.entries(added).map(([name, value]) => `${name}="${value}"`),
  ]
  return `{${all.join(',')}}`
}

/** Exact for the metrics of alerts; rounded for the others, so that the file stays small. */
function rounded(name: string, value: number): number {
  if (name === 'process_resident_memory_bytes') return Math.round(value / 2 ** 21) * 2 ** 21
  if (name === 'process_cpu_seconds_total') return Math.round(value * 10) / 10
  return /_(age|timestamp|start_time)_seconds$/.test(name) ? Math.round(value) : Number(value.toPrecision(15))
}

/** https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series */
function notationOf(values: readonly (number | 'stale' | undefined)[], length: number): string {
  const parts: string[] = []
  for (let at = 0; at < length; ) {
    const value = values[at]
    const step = typeof value === 'number' ? differenceAt(values, at) : 0
    let end = at + 1
    while (end < length && isContinued(values, end, step)) end++
    const repeated = end - at - 1
    const text = value === undefined ? '_' : String(value)
    const times = value === undefined ? repeated + 1 : repeated
    if (times === 0 || (times === 1 && value === undefined)) parts.push(text)
    else parts.push(step === 0 ? `${text}x${times}` : `${text}${step < 0 ? '' : '+'}${step}x${times}`)
    at = end
  }
  return parts.join(' ')
}

function differenceAt(values: readonly (number | 'stale' | undefined)[], at: number): number {
  const [one, two, three] = values.slice(at, at + 3)
  if (typeof one !== 'number' || typeof two !== 'number' || typeof three !== 'number') return 0
  // A ramp of integers is exact.
  return three - two === two - one && Number.isInteger(two - one) ? two - one : 0
}

function isContinued(values: readonly (number | 'stale' | undefined)[], at: number, step: number): boolean {
  const [before, value] = [values[at - 1], values[at]]
  if (typeof before !== 'number' || typeof value !== 'number') return before === value && value !== 'stale'
  return value - before === step
}
