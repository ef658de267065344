import { isIP } from 'node:net'
import { limits } from '../limits/limits.ts'

/** What `serve` can be told. */
export interface Options {
  /** A directory of profiles; the cluster's custom resources when absent, and the catalog outside of one. */
  readonly profiles?: string
  /** Both or none: without them the server keeps a certificate of its own in the cluster. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Anybody may call the webhook when absent. */
  readonly clientCa?: string
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  readonly logLevel: LogLevel
  readonly drainDelayMs: number
  readonly reloadIntervalMs: number
  /** `1.34`; asked of the API server when absent. */
  readonly kubernetesVersion?: string
  readonly excludedNamespaces: readonly string[]
  readonly cluster: 'auto' | 'true' | 'false'
  /** What the objects of this installation are called. */
  readonly name: string
  /** Where they are; the Pod's own when absent. */
  readonly namespace?: string
  /** Whom the Lease names; the host when absent. */
  readonly identity?: string
  readonly proveProfiles: boolean
  /** How many SidecarProfiles of a namespace are used. */
  readonly profilesPerNamespace: number
  /** 0: no sweep. */
  readonly sweepIntervalMs: number
  readonly sweepEvict: 'dry-run' | 'missed'
  readonly sweepEvictionsPerMinute: number
}

/** One setting: a flag, the environment variable of the same name, and what they may hold. */
export interface Setting {
  /** The member of `Options`; also what commander calls the flag's value. */
  readonly name: keyof Options
  /** `--tls-cert` */
  readonly flag: string
  /** `PILLION_TLS_CERT` */
  readonly variable: string
  /** What stands for the value in a usage line. */
  readonly argument: string
  readonly description: string
  /** In the words of the flag. */
  readonly default?: string
}

/**
 * The options from the flags' values, by setting name, and the environment; a flag wins over its variable,
 * and that over the default. Refuses with all that is wrong at once, each problem naming its flag or
 * variable.
 */
export function readOptions(
  values: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly options: Options } | { readonly problems: readonly string[] } {
  const problems: string[] = []
  const options: Record<string, unknown> = {}
  for (const setting of settings) {
    const given = givenFor(setting, values, environment)
    if (!given) continue
    const read = declared[setting.name].read(given.text)
    if ('problem' in read) {
      problems.push(`${given.from}: ${JSON.stringify(given.text)} is not ${read.problem}`)
    } else options[setting.name] = read.value
  }
  if ('tlsCert' in options !== 'tlsKey' in options) {
    problems.push('--tls-cert and --tls-key belong together: give both, or none')
  }
  // Every member was read by the function that its declaration gives for its type.
  return problems.length > 0 ? { problems } : { options: options as unknown as Options }
}

type Read<T> = { readonly value: T } | { readonly problem: string }

interface Declared<T> {
  readonly argument: string
  readonly description: string
  readonly default?: string
  readonly read: (text: string) => Read<T>
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const declared: { readonly [Name in keyof Options]-?: Declared<NonNullable<Options[Name]>> } = {
  profiles: {
    argument: 'DIR',
    description:
      "directory of the profiles to inject (default: the cluster's custom resources; the catalog outside of one)",
    read: path,
  },
  tlsCert: {
    argument: 'FILE',
    description:
      'certificate of the server, with its chain, in PEM; read again when it changes (default: in a cluster, one that Pillion keeps itself)',
    read: path,
  },
  tlsKey: {
    argument: 'FILE',
    description: 'private key of the certificate in PEM; read again when it changes',
    read: path,
  },
  clientCa: {
    argument: 'FILE',
    description:
      "CA in PEM that signs the API server's client certificate; without one, requests to the webhook are refused; read again when it changes (default: no certificate is required)",
    read: path,
  },
  host: {
    argument: 'ADDRESS',
    description: 'address to listen on; :: is all of IPv6 and IPv4, and of IPv4 alone where there is no IPv6',
    default: '::',
    read: text => (isIP(text) ? { value: text } : { problem: 'an IP address' }),
  },
  port: {
    argument: 'PORT',
    description: 'port of the webhook (HTTPS)',
    default: '8443',
    read: integer(0, 65_535),
  },
  metricsPort: {
    argument: 'PORT',
    description: 'port of /metrics (HTTP)',
    default: '9090',
    read: integer(0, 65_535),
  },
  logLevel: { argument: 'LEVEL', description: logLevels.join(', '), default: 'info', read: oneOf(logLevels) },
  drainDelayMs: {
    argument: 'MS',
    description: 'how long to serve on after SIGTERM, until the cluster sends no more calls here',
    default: '5000',
    read: integer(0, 300_000),
  },
  reloadIntervalMs: {
    argument: 'MS',
    description: 'how often to look whether the certificate or a profile has changed',
    default: '2000',
    read: integer(10, 3_600_000),
  },
  kubernetesVersion: {
    argument: 'MAJOR.MINOR',
    description: 'version of the cluster (default: what its API server says; 1.34 outside of a cluster)',
    read: text => (/^\d+\.\d+$/.test(text) ? { value: text } : { problem: 'MAJOR.MINOR, as in 1.34' }),
  },
  excludedNamespaces: {
    argument: 'NAMES',
    description: "namespaces whose Pods are never changed, besides the server's own; comma-separated",
    default: 'kube-system,kube-node-lease',
    read: namespaceNames,
  },
  cluster: {
    argument: 'WHEN',
    description:
      "whether to use a cluster's namespaces, profiles and certificate: auto (in a cluster), true or false",
    default: 'auto',
    read: oneOf(['auto', 'true', 'false'] as const),
  },
  name: {
    argument: 'NAME',
    description: 'name of the Service, the webhook configurations and the Lease; NAME-tls of the Secret',
    default: 'pillion',
    read: name('an object'),
  },
  namespace: {
    argument: 'NAMESPACE',
    description: "namespace of the installation (default: the Pod's)",
    read: name('a namespace'),
  },
  identity: {
    argument: 'NAME',
    description: 'name of this replica in the Lease (default: of the host)',
    read: text => (text === '' ? { problem: 'a name' } : { value: text }),
  },
  proveProfiles: {
    argument: 'WHETHER',
    description: 'whether a dry run of a Pod proves each profile before it counts as accepted: true or false',
    default: 'true',
    read: boolean,
  },
  profilesPerNamespace: {
    argument: 'COUNT',
    description: 'number of SidecarProfiles of a namespace that are used; the youngest beyond it are not',
    default: String(limits.profilesPerNamespace),
    read: integer(0, 10_000),
  },
  sweepIntervalMs: {
    argument: 'MS',
    description: 'how often to look for Pods that run without what they asked for; 0 is never',
    default: '600000',
    read: integer(0, 86_400_000),
  },
  sweepEvict: {
    argument: 'WHICH',
    description: 'which Pods the sweep evicts: missed, or only in a dry-run',
    default: 'dry-run',
    read: oneOf(['dry-run', 'missed'] as const),
  },
  sweepEvictionsPerMinute: {
    argument: 'COUNT',
    description: 'how many Pods the sweep evicts in a minute at most',
    default: '10',
    read: integer(1, 1_000),
  },
}

/** Every setting, in the order in which usage shows them. */
export const settings: readonly Setting[] = Object.entries(declared).map(
  ([name, { read: _, ...setting }]) => {
    const words = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    return {
      ...setting,
      name: name as keyof Options,
      flag: `--${words}`,
      variable: `PILLION_${words.toUpperCase().replaceAll('-', '_')}`,
    }
  },
)

function givenFor(
  setting: Setting,
  values: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly text: string; readonly from: string } | undefined {
  const flag = values[setting.name]
  if (flag !== undefined) return { text: flag, from: setting.flag }
  const variable = environment[setting.variable]
  if (variable !== undefined && variable !== '' && !isServiceLink(variable)) {
    return { text: variable, from: setting.variable }
  }
  return setting.default === undefined ? undefined : { text: setting.default, from: setting.flag }
}

/**
 * A Service named `pillion` gives the Pods of its namespace `PILLION_PORT=tcp://10.96.0.7:443`: not ours.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(variable: string): boolean {
  return /^(tcp|udp|sctp):\/\//.test(variable)
}

function path(text: string): Read<string> {
  return text === '' ? { problem: 'a path' } : { value: text }
}

function integer(minimum: number, maximum: number): (text: string) => Read<number> {
  return text => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= minimum && value <= maximum) return { value }
    return { problem: `a whole number from ${minimum} to ${maximum}` }
  }
}

function oneOf<const T extends string>(allowed: readonly T[]): (text: string) => Read<T> {
  return text => {
    const value = allowed.find(each => each === text)
    return value === undefined ? { problem: `one of ${allowed.join(', ')}` } : { value }
  }
}

function boolean(text: string): Read<boolean> {
  const read = oneOf(['true', 'false'] as const)(text)
  return 'problem' in read ? read : { value: read.value === 'true' }
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

function name(of: string): (text: string) => Read<string> {
  return text => (dnsLabel.test(text) ? { value: text } : { problem: `the name of ${of}` })
}

function namespaceNames(text: string): Read<readonly string[]> {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return names.every(name => dnsLabel.test(name))
    ? { value: names }
    : { problem: 'a comma-separated list of namespace names' }
}
