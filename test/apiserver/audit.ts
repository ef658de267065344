import { readFile } from 'node:fs/promises'
import { until } from './until.ts'

/** An event of audit.k8s.io/v1: one answered request. Only the fields tests ask about. */
export type AuditEvent = {
  readonly auditID: string
  readonly level: 'Metadata' | 'Request' | 'RequestResponse'
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
    readonly apiGroup?: string
  }
  readonly responseStatus?: { readonly code?: number; readonly reason?: string }
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  /** Those of a webhook have its name in front: `<webhook>/<key>`. */
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Reads an audit log. The API server may write an event a moment after the client has the answer: the reader
 * waits (at most 10 s, then it throws) until every request answered before the call is in the file.
 */
export function auditReader(file: string, answered: ReadonlySet<string>): () => Promise<AuditEvent[]> {
  return async () => {
    const expected = [...answered]
    let events: AuditEvent[] = []
    await until('the audit log has every answered request', 10_000, async () => {
      events = parse(await readFile(file, 'utf8'))
      const written = new Set(events.map(event => event.auditID))
      return expected.every(id => written.has(id))
    })
    return events
  }
}

/** One event a line; what stands after the last line break is being written. */
function parse(log: string): AuditEvent[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as AuditEvent)
}
