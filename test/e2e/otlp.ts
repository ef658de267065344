import type { Kubectl } from './kubectl.ts'

/** What one signal brought, with the attributes of its resource. */
interface Received {
  /** A log record's body, a span's or a metric's name. */
  readonly what: string
  readonly resource: Readonly<Record<string, string>>
}

/** What the collector of an example has received since it started: it prints OTLP as JSON, a line a request. */
export async function received(kubectl: Kubectl): Promise<readonly Received[]> {
  const { stdout } = await kubectl.attempt(['logs', 'deployment/collector', '--tail=-1'])
  return stdout
    .split('\n')
    .slice(0, -1) // The rest of a line that is just being written.
    .filter(line => line.startsWith('{"resource'))
    .flatMap(line => resourcesIn(JSON.parse(line) as Request))
}

/**
 * A line for a shell with curl in a container that has `telemetry`: it sends a span as an SDK would, to where the
 * container's variables say, with the names of its Pod.
 */
export function sendSpan(name: string): string {
  const attributes = [
    { key: 'k8s.pod.name', value: { stringValue: '$OTEL_K8S_POD_NAME' } },
    { key: 'k8s.pod.uid', value: { stringValue: '$OTEL_K8S_POD_UID' } },
  ]
  const span = { traceId: 'c0ffee'.repeat(6).slice(4), spanId: 'c0ffeec0ffee0000', name, kind: 2 }
  const spans = [{ ...span, startTimeUnixNano: '1', endTimeUnixNano: '2' }]
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] })
  return `curl -sf --json @- "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces" -o /dev/null <<END\n${body}\nEND\n`
}

function resourcesIn({ resourceLogs, resourceSpans, resourceMetrics }: Request): Received[] {
  return [
    ...(resourceLogs ?? []).flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map(({ body }) => ({ what: body.stringValue, resource: asObject(resource) })),
      ),
    ),
    ...(resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map(({ name }) => ({ what: name, resource: asObject(resource) })),
      ),
    ),
    ...(resourceMetrics ?? []).flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ name }) => ({ what: name, resource: asObject(resource) })),
      ),
    ),
  ]
}

function asObject({ attributes = [] }: Resource): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))
}

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, as far as it is read here. */
interface Request {
  readonly resourceLogs?: readonly {
    readonly resource: Resource
    readonly scopeLogs: readonly { readonly logRecords: readonly { readonly body: Value }[] }[]
  }[]
  readonly resourceSpans?: readonly {
    readonly resource: Resource
    readonly scopeSpans: readonly { readonly spans: readonly Named[] }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly resource: Resource
    readonly scopeMetrics: readonly { readonly metrics: readonly Named[] }[]
  }[]
}

interface Resource {
  readonly attributes?: readonly { readonly key: string; readonly value: Value }[]
}

interface Value {
  readonly stringValue: string
}

interface Named {
  readonly name: string
}
