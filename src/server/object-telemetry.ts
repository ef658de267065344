import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'
import { traceOf } from './trace.ts'

/** An object of the cluster whose handling failed: a bug, which says nothing of other objects. */
export interface TroubledObject {
  readonly kind: string
  /** `name`, or `namespace/name`. */
  readonly key: string
  readonly error: unknown
}

/** Counts and logs objects that could not be handled; the log says which one, and nothing of what is in it. */
export function createObjectTelemetry(log: Logger, metrics: Metrics): (troubled: TroubledObject) => void {
  return ({ kind, key, error }) => {
    metrics.objectProblems.inc({ kind })
    log.error(
      { kind, object: key, ...traceOf(error) },
      'an object could not be handled; the others are not affected',
    )
  }
}
