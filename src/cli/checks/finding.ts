import type { LiveInstallation } from '../cluster/installation.ts'

/** What one check found. */
export interface Finding {
  /** Of the check. */
  readonly name: string
  /** `unknown`: it could not be seen, for want of a right in most cases. */
  readonly status: 'ok' | 'warning' | 'broken' | 'unknown'
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** Looks at one thing of an installation; at least one finding. Never throws for what it finds. */
export type Check = (installation: LiveInstallation) => Promise<readonly Finding[]>

/** The findings of one check, all by its name. */
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
