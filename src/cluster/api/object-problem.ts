/** One object that could not be handled. The others are not affected. */
export interface ObjectProblem {
  /** `SidecarProfile`, `Pod`, `Namespace`. */
  readonly kind: string
  /** `name`, or `namespace/name`. */
  readonly key: string
  /** Its message may quote the object, so that it belongs in no log and no Event. */
  readonly error: unknown
}

/** One line for a log, without anything of the object but its name. */
export function describeObjectProblem({ kind, key, error }: ObjectProblem): string {
  return `${kind} ${key} could not be handled: ${error instanceof Error ? error.name : typeof error}`
}
