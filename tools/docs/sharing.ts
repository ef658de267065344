import { isNativeSidecar } from '../../src/engine/plan/containers.ts'
import type { Container, Pod } from '../../src/engine/pod.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Box, Row } from './picture.ts'

/**
 * The containers of a Pod in the order in which they start, with the volumes they mount and the ports by which they
 * reach each other: declared ports, and ports that an environment variable or argument names after localhost. `injected` has
 * the names of the injected containers.
 */
export function sharing({ metadata, spec = {} }: Pod, injected: ReadonlySet<string>): readonly Box[] {
  const { initContainers = [], containers = [], volumes = [] } = spec
  const all = [...initContainers, ...containers]
  const calls = all.flatMap(container => callsOf(container, all))
  const kinds = new Map(volumes.map(volume => [volume.name, `volume ${volume.name} (${sourceOf(volume)})`]))
  const scraped = Number(metadata?.annotations?.['prometheus.io/port'])
  return all.map(container => ({
    name: container.name,
    kind: kindOf(container, injected.has(container.name), initContainers.includes(container)),
    rows: [
      ...mounts(container, kinds),
      ...listens(container, calls, scraped),
      ...connects(calls.filter(({ from }) => from === container)),
    ],
  }))
}

function mounts({ volumeMounts = [] }: Container, kinds: ReadonlyMap<string, string>): readonly Row[] {
  return volumeMounts.map(({ name, mountPath, readOnly }) => ({
    label: mountPath,
    note: readOnly ? 'read-only' : '',
    mark: '──',
    to: kinds.get(name) ?? name,
  }))
}

/** A container connects to another one on a port. */
interface Call {
  readonly from: Container
  readonly to: Container
  readonly port: number
  /** The environment variable or flag that names the port. */
  readonly by: string
}

function callsOf(from: Container, all: readonly Container[]): readonly Call[] {
  const others = all.filter(container => container !== from)
  return namedIn(from).flatMap(({ text, by }) => {
    const { host, port } = addressIn(text)
    if (port === undefined || declares(from, port)) return []
    const listener = others.find(container => declares(container, port))
    // A container that declares no port may have it in its configuration.
    const to = listener ?? (host ? others.find(container => mentions(container, port)) : undefined)
    return to ? [{ from, to, port, by }] : []
  })
}

/** Environment variables and arguments that are one word, and so neither a configuration nor a script. */
function namedIn({ env = [], args }: Container): readonly { readonly text: string; readonly by: string }[] {
  const variables = env.map(({ name, value }) => ({ text: String(value ?? ''), by: `$${name}` }))
  const flags = ((args ?? []) as readonly string[]).map(text => ({ text, by: text.split('=')[0] ?? '' }))
  return [...variables, ...flags].filter(({ text }) => !/\s/.test(text))
}

/** `localhost:8080`, also within a URL; or a port alone. */
function addressIn(text: string): { readonly host?: string; readonly port?: number } {
  const [, host, port] = /(?:^|(localhost|127\.0\.0\.1|\[::1\]):)(\d+)(?:\/|$)/.exec(text) ?? []
  return { ...(host && { host }), ...(port && { port: Number(port) }) }
}

function declares({ ports = [] }: Container, port: number): boolean {
  return ports.some(({ containerPort }) => containerPort === port)
}

function mentions(container: Container, port: number): boolean {
  return new RegExp(`\\b${port}\\b`).test(JSON.stringify([container.args, container.command, container.env]))
}

function listens(container: Container, calls: readonly Call[], scraped: number): readonly Row[] {
  const named = calls.filter(({ to }) => to === container).map(({ port }) => port)
  const declared = (container.ports ?? []).map(({ containerPort }) => containerPort)
  return [...new Set([...named, ...declared])].flatMap((port): Row[] => {
    const row = { label: `port ${port}`, note: '', mark: '<─' } as const
    const outside = [
      ...(port === scraped ? ['Prometheus'] : []),
      ...(probedPorts(container).has(port) ? ['kubelet (probes)'] : []),
    ]
    if (named.includes(port)) return [{ ...row, to: `localhost:${port}` }]
    return outside.length > 0 ? [{ ...row, to: outside.join(', ') }] : [{ ...row, mark: '  ', to: '' }]
  })
}

function probedPorts(container: Container): ReadonlySet<number> {
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(name => container[name] as Json)
  const asked = probes.flatMap(probe => {
    const { httpGet, tcpSocket } = (probe ?? {}) as { httpGet?: JsonObject; tcpSocket?: JsonObject }
    return [httpGet?.['port'], tcpSocket?.['port']].filter(port => port !== undefined)
  })
  const ports = container.ports ?? []
  return new Set(asked.map(port => ports.find(({ name }) => name === port)?.containerPort ?? Number(port)))
}

/** One row per port, even if several environment variables name it. */
function connects(calls: readonly Call[]): readonly Row[] {
  return [...Map.groupBy(calls, ({ port }) => port)].map(([port, all]): Row => {
    const [first = '', second] = [...new Set(all.map(({ by }) => by))]
    const label = second === undefined ? first : `${first}, …`
    return { label, note: '', mark: '─>', to: `localhost:${port}` }
  })
}

function kindOf(container: Container, isInjected: boolean, isInit: boolean): string {
  if (!isInjected) return isInit ? "the app's init container" : 'app'
  if (!isInit) return 'sidecar'
  return isNativeSidecar(container) ? 'native sidecar' : 'init container'
}

/** `configMap greeter` */
function sourceOf(volume: JsonObject): string {
  const [source = '', of] = Object.entries(volume).find(([key]) => key !== 'name') ?? []
  const { name, secretName, medium } = of as JsonObject
  if (medium === 'Memory') return `${source} in memory`
  return [source, name ?? secretName].filter(Boolean).join(' ')
}
