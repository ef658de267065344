import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'
import { traceOf } from './trace.ts'

/** An object of the cluster that Pillion could not handle because of a bug. */
export interface TroubledObject {
  readonly kind: string
  /** `name`, or `namespace/name`. */
  readonly key: string
  readonly error: unknown
}

/** Counts and logs objects that Pillion could not handle. The log names the object, and shows nothing of its contents. */
export function createObjectTelemetry(log: Logger, metrics: Metrics): (troubled: TroubledObject) => void {
  return ({ kind, key, error }) => {
    metrics.objectProblems.inc({ kind })
    log.error(
      { kind, object: key, ...traceOf(error) },
      'Pillion could not handle an object; other objects are not affected',
    )
  }
}
