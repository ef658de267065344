import { cpus, loadavg, totalmem } from 'node:os'

/** Cells by column. The first row has all columns, in order. */
export type Row = Readonly<Record<string, string>>

/** Prints a table in Markdown. */
export function printTable(caption: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log(`\n${caption}:\n`)
  console.log(line(columns))
  console.log(line(columns.map((_, at) => (at === 0 ? '---' : '---:'))))
  for (const row of rows) console.log(line(columns.map(column => row[column] ?? '')))
}

/** The machine and how busy it is, because times mean little without both. */
export function conditions(): string {
  const model = cpus()[0]?.model.replaceAll(/\s+/g, ' ').trim()
  const gibibytes = Math.round(totalmem() / 1_024 ** 3)
  const [load = 0] = loadavg()
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${cpus().length} cores of ${model}, ${gibibytes} GiB, Node ${process.versions.node}, load average ${load.toFixed(1)}`
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** `105`, `10.5`, `1.05`: three digits. */
export function rounded(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString('en') : '–'
}

/** The median of the samples, with three digits. */
export function middle(samples: readonly number[]): string {
  return rounded(median(samples))
}

/** `1.05 (0.98–1.12)`: the median of the ratios round by round, and the lowest and highest of them. */
export function ratio(samples: readonly number[], base: readonly number[]): string {
  const ratios = samples.map((sample, round) => sample / (base[round] ?? Number.NaN))
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
  return `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}

/** Runs the measurements in turn, `rounds` times, so that other work on the machine disturbs all of them alike. */
export async function interleaved<Sample>(
  rounds: number,
  measurements: Readonly<Record<string, () => Promise<Sample>>>,
): Promise<Readonly<Record<string, readonly Sample[]>>> {
  const samples: Record<string, Sample[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measurements)) {
      samples[name] ??= []
      samples[name].push(await measure())
    }
  }
  return samples
}
