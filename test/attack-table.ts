import { isDeepStrictEqual } from 'node:util'
import { apply } from '../src/engine/decide.fixture.ts'
import type { Pod, Strings } from '../src/engine/pod.ts'
import { isObject, type Json } from '../src/json/json.ts'
import { parseParameter } from '../src/profile/parameters.ts'
import type { Profile } from '../src/profile/profile.ts'
import type { Parameter } from '../src/profile/schema/schema.ts'
import { askingFor, catalog, decideByCatalog } from './catalog-asking.ts'

/**
 * Every hostile value in every string parameter of every profile of the catalog: what the sidecars get, compared with
 * what they get for a harmless value. Values that the parameter does not take are denied, and have no attack.
 */
export interface Attack {
  readonly profile: string
  readonly parameter: string
  readonly value: string
  /** The same Pod with the harmless value, and with the hostile one. */
  readonly harmless: Pod
  readonly attacked: Pod
  readonly leaves: readonly Leaf[]
}

/** A string of the Pod that depends on the value. */
export interface Leaf {
  readonly path: readonly string[]
  /** As the Pod has it, and as the program must see it. */
  readonly text: string
  readonly meant: string
  /** Whether it is a configuration of the OpenTelemetry collector. */
  readonly isConfiguration: boolean
}

/** What a shell that evaluates one of the values prints. It is in none of the values. */
export const evaluated = 'evaluated-42'
const evil = 'echo evaluated-$((40+2))'

/** An environment variable that each container of the test on a kubelet has. */
export const stolen = { name: 'STOLEN', value: 'the value of another variable' } as const

export const hostileValues: readonly string[] = [
  // The kubelet expands these in commands, arguments and environment variables.
  '$(STOLEN)',
  '$$(STOLEN)',
  '$$$(STOLEN)',
  'a$(STOLEN)b',
  '/a/$(STOLEN)',
  '$(STOLEN',
  '$$',
  // Shells
  `$(${evil})`,
  `/$(${evil})`,
  `\`${evil}\``,
  `; ${evil} #`,
  `"; ${evil}; "`,
  `'; ${evil}; '`,
  `\n${evil}\n`,
  `| ${evil}`,
  `&& ${evil}`,
  '${STOLEN}',
  '$STOLEN',
  '*',
  '\\',
  '~',
  // Options of programs, formats, and paths.
  '-rf',
  '--help',
  '%s%n',
  '../../etc',
  '/../etc',
  // YAML, JSON and templates
  '\n- name: evil\n  securityContext: { privileged: true }',
  'x"],"securityContext":{"privileged":true},"y":["',
  "' }, evil: {",
  '{{ evil }}',
  '}}{{',
  '$(params.image)',
  '$(pod.metadata.name)',
  '&evil *evil',
  '!!js/function evil',
]

/** What a parameter means by itself is no attack: the proxy may have all hosts, and a command has several words. */
function isMeaning(parameter: string, value: string): boolean {
  if (parameter === 'migrate.command') return value.includes(' ')
  return parameter === 'proxy.hosts' && value === '*'
}

const harmlessValues = ['harmless', '/harmless', 'harmless.example.com']

/** All attacks that a Pod can make, and how many values were denied. */
export function attackTable(): { readonly attacks: readonly Attack[]; readonly denied: number } {
  const pairs = catalog.all.flatMap(profile =>
    Object.entries(profile.parameters)
      .filter(([, { type }]) => type === 'string')
      .flatMap(([parameter, declared]) =>
        hostileValues
          .filter(value => !isMeaning(`${profile.name}.${parameter}`, value))
          .map(value => attackOf(profile, parameter, declared, value)),
      ),
  )
  const attacks = pairs.filter(attack => attack !== undefined)
  return { attacks, denied: pairs.length - attacks.length }
}

function attackOf(
  profile: Profile,
  parameter: string,
  declared: Parameter,
  value: string,
): Attack | undefined {
  const attacked = podWith(profile, parameter, value)
  if (!attacked) return undefined
  const word = harmlessValues.find(candidate => 'value' in parseParameter(declared, candidate))
  const harmless = word === undefined ? undefined : podWith(profile, parameter, word)
  if (word === undefined || !harmless) throw new Error(`no harmless value for ${profile.name}.${parameter}`)
  const [before, after] = [leavesOf(harmless), leavesOf(attacked)]
  const leaves = [...after].flatMap(([key, text]): Leaf[] => {
    const safe = before.get(key)
    if (typeof safe !== 'string' || typeof text !== 'string' || safe === text) return []
    const path = JSON.parse(key) as string[]
    const isConfiguration = safe.startsWith('{"')
    const reads = unescaped(safe)
    const meant = isConfiguration ? meantJson(reads, word, value) : reads.replaceAll(word, () => value)
    return [{ path, text, meant, isConfiguration }]
  })
  return { profile: profile.name, parameter, value, harmless, attacked, leaves }
}

/** The Pod that asks for a profile, with its sidecars; `undefined` if it is denied. */
function podWith(profile: Profile, parameter: string, value: string): Pod | undefined {
  const annotations: Strings = { ...askingFor(profile), [`pillion.dev/${profile.name}.${parameter}`]: value }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', annotations },
    spec: { shareProcessNamespace: true, containers: [{ name: 'app', image: 'busybox:1.37' }] },
  } as unknown as Pod
  const { outcome, patch } = decideByCatalog(pod)
  if (outcome !== 'injected') return undefined
  const injected = apply(pod, patch)
  // The annotations of the author, and the status that lists what was added.
  const { [`pillion.dev/${profile.name}.${parameter}`]: _, ...others } = injected.metadata?.annotations ?? {}
  return { ...injected, metadata: { ...injected.metadata, annotations: others } }
}

/** The scalars of a Pod, by their path. */
export function leavesOf(pod: Pod): ReadonlyMap<string, Json> {
  const leaves = new Map<string, Json>()
  const visit = (value: Json, path: readonly string[]): void => {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, [...path, String(i)])
    else if (isObject(value))
      for (const [key, member] of Object.entries(value)) visit(member as Json, [...path, key])
    else leaves.set(JSON.stringify(path), value)
  }
  visit(pod as unknown as Json, [])
  return leaves
}

/** What a harmless text in JSON would be with the hostile value as JSON. */
function meantJson(safe: string, word: string, value: string): string {
  const replaced = (json: Json): Json => {
    if (typeof json === 'string') return json.replaceAll(word, () => value)
    if (Array.isArray(json)) return json.map(replaced)
    if (!isObject(json)) return json
    return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, replaced(member as Json)]))
  }
  return JSON.stringify(replaced(JSON.parse(safe) as Json))
}

/** As the kubelet reads a text without references to variables. */
export function unescaped(text: string): string {
  return text.replaceAll('$$', '$')
}

/** Whether the kubelet expands variables in it. */
export function isExpanded({ path }: Leaf): boolean {
  const [, list = '', , field = ''] = path
  return list.toLowerCase().endsWith('containers') && ['command', 'args', 'env'].includes(field)
}

/**
 * Whether a program that reads this text has the value as it is meant. The collector reads two dollars as one:
 * https://opentelemetry.io/docs/collector/configuration/#environment-variables
 */
export function isMeant(read: string, { meant, isConfiguration }: Leaf): boolean {
  if (!isConfiguration) return read === meant
  return isDeepStrictEqual(JSON.parse(unescaped(read)), JSON.parse(meant))
}
