import type { LiveInstallation } from '../cluster/installation.ts'

/** A result of a check. */
export interface Finding {
  /** The name of the check. */
  readonly name: string
  /** `unknown`: it could not be read, in most cases because a permission is missing. */
  readonly status: 'ok' | 'warning' | 'broken' | 'unknown'
  readonly message: string
  /** How to fix it. */
  readonly hint?: string
}

/** Checks one aspect of an installation. Returns at least one finding, and throws for none. */
export type Check = (installation: LiveInstallation) => Promise<readonly Finding[]>

/** Makes findings of the check with this name. */
export function findingsOf(name: string) {
  const finding =
    (status: Finding['status']) =>
    (message: string, hint?: string): Finding => ({
      name,
      status,
      message,
      ...(hint !== undefined && { hint }),
    })
  return {
    ok: finding('ok'),
    warning: finding('warning'),
    broken: finding('broken'),
    unknown: finding('unknown'),
  }
}
