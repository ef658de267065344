import type { BadRequest } from './envelope.ts'

/** What became of the body of a request: an answer, a mistake of the caller, or a bug in Pillion. */
export type Reviewed<LogFields, Answer extends { readonly logFields: LogFields }> =
  | Answer
  | { readonly badRequest: BadRequest }
  | { readonly logFields: LogFields; readonly failure: unknown }

/** Never throws: to a `failure` the server answers HTTP 500, so that `failurePolicy` decides about the object. */
export function catchFailure<LogFields, Answer extends { readonly logFields: LogFields }>(
  logFields: LogFields,
  answer: () => Answer,
): Reviewed<LogFields, Answer> {
  try {
    return answer()
  } catch (failure) {
    return { logFields, failure }
  }
}
