/** An object that could not be handled. Others are not affected. */
export interface ObjectProblem {
  /** `SidecarProfile`, `Pod`, `Namespace`. */
  readonly kind: string
  /** `name`, or `namespace/name`. */
  readonly key: string
  /** Its message may quote the object: never put it into a log or an Event. */
  readonly error: unknown
}

/** One line for a log, with nothing of the object but its name. */
export function describeObjectProblem({ kind, key, error }: ObjectProblem): string {
  return `${kind} ${key} could not be handled: ${error instanceof Error ? error.name : typeof error}`
}
