import { ApiException } from '@kubernetes/client-node'

/** What went wrong between us and the API server, in one line: its own words where it had any. */
export function describeFailure(error: unknown): string {
  if (error instanceof ApiException) return `${error.code}: ${messageOf(error.body) ?? 'no reason given'}`
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

/** The message of a Status, which comes as text. */
function messageOf(body: unknown): string | undefined {
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
