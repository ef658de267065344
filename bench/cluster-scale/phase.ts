import type { Server } from '../../test/process/server.ts'
import { load, type Measured } from '../load/load.ts'
import { cpuMsOf } from '../process/cpu.ts'
import type { Table } from '../report/question.ts'
import { median, medianWithSpread } from '../samples/quantile.ts'

/** Ten seconds of a constant load, and what else happened meanwhile. */
export interface Phase extends Measured {
  readonly cpuMs: number
  readonly edits: number
}

/** Sends one review again and again, so many a second; throws when an answer has no patch. */
export async function phaseOf(
  { pid, url }: Server,
  { ca, body, perSecond }: { readonly ca: string; readonly body: string; readonly perSecond: number },
): Promise<Phase> {
  const before = await cpuMsOf(pid)
  const measured = await load({
    url: `${url}/mutate`,
    ca,
    bodies: [body],
    connections: 8,
    perSecond,
    seconds: 10,
    expect: '"patch":',
  })
  if (measured.errors > 0) throw new Error(`${measured.errors} wrong answers: ${measured.firstError}`)
  return { ...measured, cpuMs: (await cpuMsOf(pid)) - before, edits: 0 }
}

export function phaseRow(what: string, phases: readonly Phase[]): Table['rows'][number] {
  const all = (figure: (phase: Phase) => number, digits: number) =>
    medianWithSpread(phases.map(figure), digits)
  return {
    what,
    'p50, ms': all(({ p50 }) => p50, 2),
    'p99, ms': all(({ p99 }) => p99, 2),
    'max, ms': all(({ max }) => max, 1),
    edits: median(phases.map(({ edits }) => edits)),
    'CPU of a second, ms': all(({ cpuMs, seconds }) => cpuMs / seconds, 0),
  }
}
