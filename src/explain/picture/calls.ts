import type { Container, Pod } from '../../engine/pod.ts'
import { isObject, type Json, member } from '../../json/json.ts'

/** A container connects to another one on a port of localhost. */
export interface Call {
  readonly port: number
  /** The environment variables (`$NAME`) and arguments that name the port. */
  readonly by: readonly string[]
  /** The profile that injected one of these. */
  readonly profile: string | undefined
}

/** A container accepts connections on a port. */
export interface Listening {
  readonly port: number
  /** Whether a container of the Pod connects to it. */
  readonly isCalled: boolean
  /** Who else connects to it, as far as the Pod says: `kubelet (probes)`, `Prometheus`, `hostPort 8080`. */
  readonly outside: readonly string[]
}

interface FoundCall {
  readonly from: number
  readonly to: number
  readonly port: number
  readonly by: string
}

/**
 * Who connects to whom, by the containers' places in the list: an environment variable or an argument names a port of localhost
 * that another container declares or, if none declares it, has in its configuration. Takes linear time.
 */
export function callsIn(all: readonly Container[]) {
  const declaring = byPort(all, container => declaredPorts(container))
  // Read only if a port is named that no container declares.
  let configured: Listeners | undefined
  const found = all.flatMap((container, from) => {
    const own = new Set(declaredPorts(container))
    return namedIn(container).flatMap(({ text, by, mayBePort }): FoundCall[] =>
      addressesIn(text, mayBePort).flatMap(({ port, hasHost }) => {
        if (own.has(port)) return []
        const otherThan = (listeners: Listeners) => listeners.get(port)?.find(each => each !== from)
        let to = otherThan(declaring)
        if (to === undefined && hasHost) {
          configured ??= byPort(all, numbersIn)
          to = otherThan(configured)
        }
        return to === undefined ? [] : [{ from, to, port, by }]
      }),
    )
  })
  const [from, to] = [Map.groupBy(found, call => call.from), Map.groupBy(found, call => call.to)]
  return {
    /** The ports of a container to which others connect. */
    called: (at: number): readonly number[] => [...new Set(to.get(at)?.map(({ port }) => port))],
    /** The connections that a container makes, one for each port. */
    from: (at: number, profileOf: (variable: string) => string | undefined): readonly Call[] =>
      [...Map.groupBy(from.get(at) ?? [], ({ port }) => port)].map(([port, same]) => {
        const by = [...new Set(same.map(call => call.by))]
        const profile = by.map(name => profileOf(name.replace(/^\$/, ''))).find(each => each !== undefined)
        return { port, by, profile }
      }),
  }
}

/** By port, the places of the containers that have it. A container that is not found first is needed only for one of the first. */
type Listeners = ReadonlyMap<number, readonly number[]>

function byPort(all: readonly Container[], portsOf: (container: Container) => Iterable<number>): Listeners {
  const found = new Map<number, number[]>()
  all.forEach((container, at) => {
    for (const port of new Set(portsOf(container))) {
      const listeners = found.get(port)
      if (!listeners) found.set(port, [at])
      // Two are enough to find one that is not the caller.
      else if (listeners.length < 2) listeners.push(at)
    }
  })
  return found
}

function declaredPorts({ ports = [] }: Container): readonly number[] {
  return ports.map(({ containerPort }) => containerPort)
}

/** All numbers of a configuration that may be ports. */
function numbersIn({ args, command, env }: Container): readonly number[] {
  const text = JSON.stringify([args ?? null, command ?? null, env ?? null])
  return Array.from(text.matchAll(/\b\d{1,5}\b/g), ([digits]) => Number(digits))
}

interface NamedText {
  readonly text: string
  readonly by: string
  /** A number alone may be a port, because the name says so. */
  readonly mayBePort: boolean
}

/** Environment variables and arguments that are one word, and so neither a configuration nor a script. */
function namedIn({ env = [], args }: Container): readonly NamedText[] {
  const variables = env.map(({ name, value }) => ({
    text: textOf(value),
    by: `$${name}`,
    mayBePort: /port$/i.test(name),
  }))
  const flags = (Array.isArray(args) ? (args as readonly Json[]) : []).map(argument => {
    const text = textOf(argument)
    const name = text.split('=', 1)[0] ?? ''
    return { text, by: name, mayBePort: false }
  })
  return [...variables, ...flags].filter(({ text }) => !/\s/.test(text))
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** `localhost:8080`, also within a URL, and several of them with commas; or a port alone. */
function addressesIn(text: string, mayBePort: boolean): readonly { port: number; hasHost: boolean }[] {
  const found = [...text.matchAll(/(?:localhost|127\.0\.0\.1|\[::1\]):(\d{1,5})(?=[/,;?#]|$)/g)]
  if (found.length > 0) return found.map(([, port]) => ({ port: Number(port), hasHost: true }))
  return mayBePort && /^\d{1,5}$/.test(text) ? [{ port: Number(text), hasHost: false }] : []
}

/** The port that Prometheus scrapes, by a usual annotation; NaN if the Pod does not have it. */
export function scrapedPortOf({ metadata }: Pod): number {
  return Number(metadata?.annotations?.['prometheus.io/port'] ?? Number.NaN)
}

/** The ports of a container, those that others call first, with those who connect from outside the Pod. */
export function listeningOf(
  container: Container,
  called: readonly number[],
  scraped: number,
): readonly Listening[] {
  const probed = probedPorts(container)
  const hostPorts = new Map((container.ports ?? []).map(port => [port.containerPort, port.hostPort]))
  const isCalled = new Set(called)
  return [...new Set([...called, ...declaredPorts(container)])].map(port => ({
    port,
    isCalled: isCalled.has(port),
    outside: [
      ...(port === scraped ? ['Prometheus'] : []),
      ...(probed.has(port) ? ['kubelet (probes)'] : []),
      ...(hostPorts.get(port) ? [`hostPort ${hostPorts.get(port)}`] : []),
    ],
  }))
}

function probedPorts(container: Container): ReadonlySet<number> {
  const asked = ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap(name => {
    const probe = container[name]
    if (!isObject(probe)) return []
    const ports = ['httpGet', 'tcpSocket', 'grpc'].map(type => member(probe[type], 'port'))
    return ports.filter(port => port !== undefined)
  })
  const named = new Map((container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]))
  return new Set(asked.map(port => named.get(port as string) ?? Number(port)))
}
