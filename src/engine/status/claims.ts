import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { stepsOf } from '../../json/pointer.ts'
import type { Injected, InjectedIntoApp } from '../decision.ts'
import type { Removal } from '../patch/operation.ts'
import { uninject } from '../patch/uninject.ts'
import { type AppDraft, type Draft, has, isChanged, thePod } from '../plan/draft.ts'
import { type Field, fields, memberOf } from '../plan/fields.ts'
import { normalPath, sourceName } from '../plan/present.ts'
import { isSame, isSameContainer, isSameVolume } from '../plan/same.ts'
import { annotation, type Container, type Pod } from '../pod.ts'
import type { Status } from './status.ts'

/** The Pod without what a status claims, and without its status annotation. Shares all it can with the Pod. */
export function withoutClaimed(pod: Pod, claimed: Status): Pod {
  const removals = uninject(pod, claimed)
  return removals.length === 0 ? pod : (without(pod, treeOf(removals)) as Pod)
}

/** Steps that lead to what is removed: `gone` at the end of each path. */
type Tree = Map<string, Tree | typeof gone>
const gone = Symbol('gone')

// All at once: a Pod may have thousands of things that somebody claims.
function treeOf(removals: readonly Removal[]): Tree {
  const tree: Tree = new Map()
  for (const { path } of removals) {
    const steps = stepsOf(path)
    let node = tree
    for (const step of steps.slice(0, -1)) {
      const known = node.get(step)
      // What is below something that goes goes with it.
      if (known === gone) break
      const next: Tree = known ?? new Map()
      node.set(step, next)
      node = next
    }
    node.set(steps.at(-1) ?? '', gone)
  }
  return tree
}

/** The removals of `uninject` take the last items first, so that each index is the one that the item has now. */
function without(value: Json, tree: Tree): Json {
  if (Array.isArray(value)) {
    const left: Json[] = []
    value.forEach((item: Json, i) => {
      const below = tree.get(String(i))
      if (below !== gone) left.push(below ? without(item, below) : item)
    })
    return left
  }
  if (!isObject(value)) return value
  const left: [string, Json | undefined][] = []
  for (const [key, item] of Object.entries(value)) {
    const below = tree.get(key)
    if (below !== gone) left.push([key, below ? without(item ?? null, below) : item])
  }
  return Object.fromEntries(left)
}

/**
 * What of a status is true: of all that it claims for a profile, what is exactly as this profile gives it to the Pod
 * without it. `fresh` is the draft for that Pod.
 */
export function bornOut(claimed: Status, { metadata, spec = {} }: Pod, fresh: Draft): Status {
  const { additions } = fresh
  const containers = (list: 'containers' | 'initContainers') => {
    const standing = Map.groupBy<string, Container>(spec[list] ?? [], ({ name }) => name)
    return (name: string) => {
      const given = fresh.containers.get(name)
      const isGiven = given?.isNew === true && given.list === list
      return (standing.get(name) ?? []).every(
        one => isGiven && isSameContainer(one, given.value, spec['hostNetwork'] === true),
      )
    }
  }
  const volume = (name: string) => {
    const given = fresh.volumes.get(name)
    return given?.isNew ? given.value : undefined
  }
  const aliases = keyed(additions.hostAliases as readonly JsonObject[], ip)
  const secrets = keyed(additions.imagePullSecrets as readonly JsonObject[], nameOf)
  const setting = (field: 'shareProcessNamespace' | 'dnsConfig') =>
    isSame(spec[field], additions[field], field === 'dnsConfig' ? fields.dnsConfig : fields.exact)
  const is = {
    initContainers: containers('initContainers'),
    containers: containers('containers'),
    volumes: areGiven(spec.volumes, nameOf, volume, isSameVolume),
    labels: areEntries(metadata?.labels, additions.labels),
    annotations: areEntries(metadata?.annotations, additions.annotations),
    imagePullSecrets: areGiven(spec.imagePullSecrets, nameOf, name => secrets.get(name)),
    hostAliases: areGiven(spec.hostAliases, ip, name => aliases.get(name)),
  }
  const app = Map.groupBy<string, Container>(spec.containers ?? [], ({ name }) => name)
  const profiles = Object.entries(claimed.profiles).map(([profile, injected]): [string, Injected] => {
    const gives = (path: readonly string[]) => (name: string) => has(fresh, profile, path, name)
    const isSet = (field: 'shareProcessNamespace' | 'dnsConfig') => gives([field])(field) && setting(field)
    const lists = Object.entries(is).flatMap(([list, isGiven]) => {
      const names = injected[list]
      return Array.isArray(names) ? [[list, names.filter(gives([list])).filter(isGiven)] as const] : []
    })
    return [
      profile,
      {
        revision: injected.revision,
        ...Object.fromEntries(lists),
        ...(injected.shareProcessNamespace &&
          isSet('shareProcessNamespace') && { shareProcessNamespace: true }),
        ...(injected.dnsConfig && isSet('dnsConfig') && { dnsConfig: true }),
        ...(injected.app && {
          app: Object.fromEntries(
            Object.entries(injected.app).map(([name, changes]) => [
              name,
              bornOutInApp(
                changes,
                list => gives(['app', name, list]),
                app.get(name) ?? [],
                fresh.app.get(name),
              ),
            ]),
          ),
        }),
      },
    ]
  })
  const { defaultContainer, ...others } = claimed
  // It is named only beside something else that is added.
  const isDefault =
    isChanged(fresh) && metadata?.annotations?.[annotation.defaultContainer] === mainContainer(fresh)
  return {
    ...others,
    profiles: Object.fromEntries(profiles),
    ...(defaultContainer && isDefault && { defaultContainer }),
  }
}

type AppList = 'env' | 'envFrom' | 'volumeMounts'

function bornOutInApp(
  { env = [], envFrom = [], volumeMounts = [] }: InjectedIntoApp,
  gives: (list: AppList) => (name: string) => boolean,
  standing: readonly Container[],
  given: AppDraft | undefined,
): InjectedIntoApp {
  const all = (list: AppList) => standing.flatMap((container): readonly JsonObject[] => container[list] ?? [])
  const bornOutOf = (list: AppList, names: readonly string[], keyOf: (item: JsonObject) => string) => {
    const known = keyed<JsonObject>(given?.[list] ?? [], keyOf)
    const item: Field = { members: memberOf(fields.container, list).members ?? {} }
    const isEqual = (a: JsonObject, b: JsonObject) => isSame(a, b, item)
    return names.filter(gives(list)).filter(areGiven(all(list), keyOf, name => known.get(name), isEqual))
  }
  return {
    env: bornOutOf('env', env, nameOf),
    envFrom: bornOutOf('envFrom', envFrom, sourceName),
    volumeMounts: bornOutOf('volumeMounts', volumeMounts, mountPath),
  }
}

/** Whether all that has a name is what is given by that name. */
function areGiven<T extends JsonObject>(
  standing: readonly T[] | undefined,
  keyOf: (item: JsonObject) => string,
  given: (name: string) => T | undefined,
  isEqual: (standing: T, given: T) => boolean = isSame,
): (name: string) => boolean {
  const byKey = Map.groupBy<string, T>(standing ?? [], keyOf)
  return name => {
    const due = given(name)
    return (byKey.get(name) ?? []).every(item => due !== undefined && isEqual(item, due))
  }
}

function areEntries(
  standing: JsonObject | undefined,
  given: readonly (readonly [string, Json])[],
): (key: string) => boolean {
  const values = new Map(given)
  return key => !standing || !Object.hasOwn(standing, key) || standing[key] === values.get(key)
}

function keyed<T extends JsonObject>(
  items: readonly T[],
  keyOf: (item: JsonObject) => string,
): Map<string, T> {
  return new Map(items.map(item => [keyOf(item), item]))
}

/** The container that would be named as the default one: the first that no profile has. */
function mainContainer({ pod, containers }: Draft): string | undefined {
  return pod.spec?.containers?.find(({ name }) => containers.get(name)?.owner === thePod)?.name
}

const nameOf = ({ name }: JsonObject) => String(name)
const ip = (item: JsonObject) => String(item['ip'])
const mountPath = (item: JsonObject) => normalPath(item['mountPath'])

/** How many things are claimed. */
export function countOf({ profiles, defaultContainer }: Status): number {
  let count = defaultContainer ? 1 : 0
  for (const { revision: _, app = {}, ...lists } of Object.values(profiles)) {
    for (const names of [...Object.values(lists), ...Object.values(app).flatMap(one => Object.values(one))]) {
      count += Array.isArray(names) ? names.length : Number(names === true)
    }
  }
  return count
}
