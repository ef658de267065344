import type { BadRequest } from './envelope.ts'

/** What became of the body of a request: an answer, a mistake of the caller, or a bug in Pillion. */
export type Reviewed<LogFields, Answer> =
  | (Answer & { readonly logFields: LogFields })
  | { readonly badRequest: BadRequest }
  | { readonly logFields: LogFields; readonly failure: unknown }

/** Never throws: to a `failure` the server answers HTTP 500, so that `failurePolicy` decides about the object. */
export function catchFailure<LogFields, Answer extends object>(
  logFields: LogFields,
  answer: () => Answer,
): Reviewed<LogFields, Answer> {
  try {
    return { logFields, ...answer() }
  } catch (failure) {
    return { logFields, failure }
  }
}
