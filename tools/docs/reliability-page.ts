import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Generated } from '../files.ts'

/** A row of the table of docs/reliability.md, as a run of the test writes it. */
export interface Measurement {
  /** The name of the test. */
  readonly fault: string
  readonly result: string
  /** The file of the test, below the root. */
  readonly file: string
  /** FAULT_SECONDS of the run. */
  readonly seconds: number
  /** 2026-11-29 */
  readonly date: string
  /** Version of the API server. */
  readonly kubernetes: string
  /** The commit of Pillion that was checked out. */
  readonly commit: string
}

export const measurementsFile = 'test/faults/measurements.json'

export function readMeasurements(root: string): readonly Measurement[] {
  return JSON.parse(readFileSync(join(root, measurementsFile), 'utf8')) as readonly Measurement[]
}

const page = 'docs/reliability.md'

/** docs/reliability.md with the table of the measurements between its marks. */
export function reliabilityPage(root: string): Pick<Generated, 'pages' | 'problems'> {
  const written = readFileSync(join(root, page), 'utf8')
  const [before, , after] = written.split(/(<!-- measurements -->[\s\S]*<!-- \/measurements -->)/)
  if (after === undefined)
    return {
      pages: {},
      problems: [`${page} needs the lines <!-- measurements --> and <!-- /measurements -->`],
    }
  const text = `${before}<!-- measurements -->\n\n${table(readMeasurements(root))}\n\n<!-- /measurements -->${after}`
  return { pages: { [page]: text }, problems: [] }
}

function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ fault, result, file, seconds, date, kubernetes, commit }) =>
    row([
      sentence(fault),
      result,
      `\`npm run soak -- ${file} -t '${fault}'\``,
      `${date}, ${commit}, Kubernetes ${kubernetes}, ${seconds} s`,
    ]),
  )
  return [row(['Fault', 'Result', 'Command', 'Measured']), row(['---', '---', '---', '---']), ...rows].join(
    '\n',
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
