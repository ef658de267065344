import { isIP } from 'node:net'
import { excludedByDefault } from '../engine/select/select.ts'
import { limits } from '../limits/limits.ts'

/** The settings of `serve`: those with a default, and those that may be absent. Each is an entry of `declared`. */
export type Options = { readonly [Name in Defaulted]: Value<Name> } & {
  readonly [Name in Exclude<keyof Declarations, Defaulted>]?: Value<Name>
}

type Declarations = typeof declared
type Value<Name extends keyof Declarations> = Declarations[Name] extends Declared<infer T> ? T : never
type Defaulted = {
  [Name in keyof Declarations]: Declarations[Name] extends { readonly default: string } ? Name : never
}[keyof Declarations]

/** One setting: a flag, the environment variable of the same name, and the allowed values. */
interface Setting extends Omit<Declared<unknown>, 'read'> {
  /** The member of `Options`; also what commander calls the flag's value. */
  readonly name: keyof Options
  /** `--tls-cert` */
  readonly flag: string
  /** `PILLION_TLS_CERT` */
  readonly variable: string
}

/**
 * Reads the options from the values of the flags, by name, and from the environment. A flag wins over its environment
 * variable, and that wins over the default. Reports all problems at once, each with its flag or variable: that is why this
 * does not use commander's own parsers, which stop at the first problem.
 */
export function readOptions(
  values: Texts,
  environment: Texts,
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
    problems.push('--tls-cert and --tls-key belong together: set both or neither')
  }
  // The type of `declared` guarantees that each member was read as its own type.
  return problems.length > 0 ? { problems } : { options: options as unknown as Options }
}

type Texts = Readonly<Record<string, string | undefined>>

type Read<T> = { readonly value: T } | { readonly problem: string }

interface Declared<T> {
  /** The placeholder for the value in a usage line. */
  readonly argument: string
  readonly description: string
  /** As text, like the value of a flag. */
  readonly default?: string
  readonly read: (text: string) => Read<T>
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const declared = {
  profiles: {
    argument: 'DIR',
    description:
      'directory of profiles (default: the custom resources of the cluster, or the catalog outside of a cluster)',
    read: text(value => value !== '', 'a path'),
  },
  tlsCert: {
    argument: 'FILE',
    description:
      'file with the certificate of the server and its chain, in PEM; read again when it changes (default: in a cluster, a certificate that Pillion maintains itself)',
    read: text(value => value !== '', 'a path'),
  },
  tlsKey: {
    argument: 'FILE',
    description: 'file with the private key of the certificate, in PEM; read again when it changes',
    read: text(value => value !== '', 'a path'),
  },
  clientCa: {
    argument: 'FILE',
    description:
      "file with the CA that signs the API server's client certificate, in PEM; requests without such a certificate are refused; read again when it changes (default: no client certificate is required)",
    read: text(value => value !== '', 'a path'),
  },
  host: {
    argument: 'ADDRESS',
    description:
      'IP address to listen on; :: means all IPv6 and IPv4 addresses, or all IPv4 addresses without IPv6',
    default: '::',
    read: text(value => isIP(value) !== 0, 'an IP address'),
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
    description:
      'time to keep serving after SIGTERM, in milliseconds, until the cluster sends no more requests to this replica',
    default: '5000',
    read: integer(0, 300_000),
  },
  reloadIntervalMs: {
    argument: 'MS',
    description:
      'interval between two checks of the certificate and profile files for changes, in milliseconds',
    default: '2000',
    read: integer(10, 3_600_000),
  },
  kubernetesVersion: {
    argument: 'MAJOR.MINOR',
    description:
      'Kubernetes version of the cluster (default: the version of its API server, or 1.34 outside of a cluster)',
    read: text(value => /^\d+\.\d+$/.test(value), 'MAJOR.MINOR, as in 1.34'),
  },
  excludedNamespaces: {
    argument: 'NAMES',
    description:
      "comma-separated namespaces whose Pods are never changed, in addition to Pillion's own namespace",
    default: excludedByDefault.join(','),
    read: namespaceNames,
  },
  cluster: {
    argument: 'WHEN',
    description:
      'whether to use the namespaces, profiles and certificate of a cluster: auto (if Pillion runs in one), true or false',
    default: 'auto',
    read: oneOf(['auto', 'true', 'false'] as const),
  },
  name: {
    argument: 'NAME',
    description:
      'name of the Service, the webhook configurations and the Lease; the Secret is named NAME-tls',
    default: 'pillion',
    read: text(isDnsLabel, 'a valid name of an object'),
  },
  namespace: {
    argument: 'NAMESPACE',
    description: 'namespace of the installation (default: the namespace of this Pod)',
    read: text(isDnsLabel, 'a valid name of a namespace'),
  },
  identity: {
    argument: 'NAME',
    description: 'name of this replica in the Lease (default: the host name)',
    read: text(value => value !== '', 'a name'),
  },
  proveProfiles: {
    argument: 'WHETHER',
    description:
      'whether each profile is verified by a dry run of a Pod before it is accepted: true or false',
    default: 'true',
    read: boolean,
  },
  profilesPerNamespace: {
    argument: 'COUNT',
    description:
      'maximum number of SidecarProfiles in use per namespace; the newest ones beyond it are not used',
    default: String(limits.profilesPerNamespace),
    read: integer(0, 10_000),
  },
  sweepIntervalMs: {
    argument: 'MS',
    description:
      'interval between two sweeps for Pods that run without the profiles they ask for, in milliseconds; 0 turns the sweep off',
    default: '600000',
    read: integer(0, 86_400_000),
  },
  sweepEvict: {
    argument: 'WHICH',
    description: 'Pods that the sweep evicts: none or missed',
    default: 'none',
    read: oneOf(['none', 'missed'] as const),
  },
  sweepEvictionsPerMinute: {
    argument: 'COUNT',
    description: 'maximum number of Pods that the sweep evicts per minute',
    default: '10',
    read: integer(1, 1_000),
  },
  rollout: {
    argument: 'WHETHER',
    description:
      'whether the leader updates Pods that run, as spec.rollout.update of their profiles says: true or false',
    default: 'false',
    read: boolean,
  },
  rolloutParallelPods: {
    argument: 'COUNT',
    description: 'maximum number of Pods that all rollouts update at the same time',
    default: '10',
    read: integer(1, 1_000),
  },
  rolloutPodsPerMinute: {
    argument: 'COUNT',
    description: 'maximum number of Pods that all rollouts begin to update per minute',
    default: '60',
    read: integer(1, 6_000),
  },
} as const satisfies Readonly<Record<string, Declared<unknown>>>

/** All settings, in the order of the help text. */
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
  values: Texts,
  environment: Texts,
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
 * Kubernetes sets `PILLION_PORT=tcp://10.96.0.7:443` in the Pods of a namespace that has a Service named `pillion`.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(variable: string): boolean {
  return /^(tcp|udp|sctp):\/\//.test(variable)
}

function text(isValid: (value: string) => boolean, allowed: string): (value: string) => Read<string> {
  return value => (isValid(value) ? { value } : { problem: allowed })
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

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
function isDnsLabel(value: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
}

function namespaceNames(text: string): Read<readonly string[]> {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return names.every(isDnsLabel) ? { value: names } : { problem: 'a comma-separated list of namespace names' }
}
