import { isIP } from 'node:net'

/** What `serve` can be told. */
export interface Options {
  /** A directory of profiles; the catalog when absent. */
  readonly profiles?: string
  readonly tlsCert: string
  readonly tlsKey: string
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  readonly logLevel: LogLevel
  readonly drainDelayMs: number
  readonly reloadIntervalMs: number
  /** `1.34`; asked of the API server when absent. */
  readonly kubernetesVersion?: string
  readonly excludedNamespaces: readonly string[]
  readonly watchNamespaces: 'auto' | 'true' | 'false'
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
  readonly required: boolean
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
    if (!given) {
      if (setting.required) problems.push(`${setting.flag} (or ${setting.variable}) is missing`)
      continue
    }
    const read = declared[setting.name].read(given.text)
    if ('problem' in read) {
      problems.push(`${given.from}: ${JSON.stringify(given.text)} is not ${read.problem}`)
    } else options[setting.name] = read.value
  }
  // Every member was read by the function that its declaration gives for its type.
  return problems.length > 0 ? { problems } : { options: options as unknown as Options }
}

type Read<T> = { readonly value: T } | { readonly problem: string }

interface Declared<T> {
  readonly argument: string
  readonly description: string
  readonly default?: string
  readonly required?: true
  readonly read: (text: string) => Read<T>
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const declared: { readonly [Name in keyof Options]-?: Declared<NonNullable<Options[Name]>> } = {
  profiles: {
    argument: 'DIR',
    description: 'directory of the profiles to inject (default: the catalog)',
    read: path,
  },
  tlsCert: {
    argument: 'FILE',
    description: 'certificate of the server, with its chain, in PEM; read again when it changes',
    required: true,
    read: path,
  },
  tlsKey: {
    argument: 'FILE',
    description: 'private key of the certificate in PEM; read again when it changes',
    required: true,
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
  watchNamespaces: {
    argument: 'WHEN',
    description:
      "whether to follow the namespaces' annotations and labels: auto (in a cluster), true or false",
    default: 'auto',
    read: oneOf(['auto', 'true', 'false'] as const),
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
      required: setting.required ?? false,
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

function namespaceNames(text: string): Read<readonly string[]> {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
  const areNames = names.every(name => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
  return areNames ? { value: names } : { problem: 'a comma-separated list of namespace names' }
}
