import type { IncomingMessage } from 'node:http'
import { isObject, type JsonObject } from '../../json/json.ts'
import { oneLine } from '../../problems/one-line.ts'

export type ApiResponse =
  | (AnyResponse & { readonly ok: true; readonly body: JsonObject; readonly warnings: readonly string[] })
  | FailedResponse

interface AnyResponse {
  /** The HTTP status; 0 when no API server answered. */
  readonly status: number
  /** The time of the API server's clock, to the second. */
  readonly date?: Date
}

export interface FailedResponse extends AnyResponse {
  readonly ok: false
  /** The reason of the Kubernetes Status: `Conflict`, `AlreadyExists`, `Forbidden`. */
  readonly reason?: string
  /** In the API server's own words if it sent any, on one line. */
  readonly message: string
  /** The response had more than `mostBytes`. */
  readonly isTooLong?: true
  /** How long the API server asks clients to wait. */
  readonly retryAfterMs?: number
}

/** Reads a response, up to `mostBytes`. Throws when the connection breaks. */
export async function readResponse(
  response: IncomingMessage,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<ApiResponse> {
  const status = response.statusCode ?? 0
  const said = await textWithin(mostBytes, response)
  if (said === undefined)
    return { ok: false, status: 0, message: `the response has more than ${mostBytes} bytes`, isTooLong: true }
  const body = parse(said)
  const date = dateIn(response)
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && isObject(body)) return { ok: true, status, body, warnings: warningsIn(response), ...date }
  const seconds = Number(response.headers['retry-after'])
  return {
    ok: false,
    status,
    message: isSuccess ? 'the response is not a JSON object' : messageIn(response, body ?? said),
    ...(isObject(body) && detailsIn(body)),
    ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
    ...date,
  }
}

async function textWithin(mostBytes: number, response: IncomingMessage): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let said = ''
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) return undefined
    said += decoder.decode(chunk, { stream: true })
  }
  return said + decoder.decode()
}

/** The value of a JSON text; undefined when it is not JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The details of a Status. https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#statusdetails-v1-meta */
export function detailsIn({ reason, details }: JsonObject): Pick<FailedResponse, 'reason' | 'retryAfterMs'> {
  const seconds = isObject(details) ? Number(details['retryAfterSeconds']) : 0
  return {
    ...(typeof reason === 'string' && { reason }),
    ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  }
}

function dateIn({ headers }: IncomingMessage): { readonly date?: Date } {
  const date = new Date(headers.date ?? '')
  return Number.isNaN(date.getTime()) ? {} : { date }
}

const maxMessage = 300

/**
 * A Status has a message; filters in front of the API, such as the one for too many requests, send plain text. Webhooks of
 * others write parts of both.
 */
function messageIn({ headers, statusMessage = '' }: IncomingMessage, body: unknown): string {
  if (isObject(body) && typeof body['message'] === 'string') return oneLine(body['message'])
  const isText = headers['content-type']?.startsWith('text/plain') ?? false
  const said = isText && typeof body === 'string' ? oneLine(body) : ''
  return said.slice(0, maxMessage) || oneLine(statusMessage) || 'no reason given'
}

/**
 * `299 - "text"`, several of them separated by commas. The API server writes UTF-8, where Node reads Latin-1.
 * https://www.rfc-editor.org/rfc/rfc7234#section-5.5
 */
function warningsIn({ headersDistinct }: IncomingMessage): string[] {
  return (headersDistinct['warning'] ?? []).flatMap(header =>
    [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
      oneLine(Buffer.from(quoted.replaceAll(/\\(.)/g, '$1'), 'latin1').toString('utf8')),
    ),
  )
}
