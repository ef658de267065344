import { asUsual } from '../share.ts'
import type { State } from './state.ts'

/** The state of a page that has just been opened. */
export function firstState(manifest: string): State {
  return {
    manifest,
    shipped: { from: '', flags: [], profiles: [] },
    edited: {},
    whatIf: asUsual,
    workload: 0,
    input: 'manifest',
    output: 'result',
    opened: undefined,
    place: undefined,
    traced: [],
    besides: {},
    answer: undefined,
    answered: undefined,
    isSlow: false,
    fault: undefined,
    notice: undefined,
  }
}
