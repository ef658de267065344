import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../../src/engine/decide.fixture.ts'
import type { Decision } from '../../src/engine/decision.ts'
import { planForOriginal } from '../../src/engine/original/original-pod.ts'
import { uninject } from '../../src/engine/patch/uninject.ts'
import type { Container, Pod } from '../../src/engine/pod.ts'
import { resolve } from '../../src/engine/resolve/resolve.ts'
import { select } from '../../src/engine/select/select.ts'
import { statusOf } from '../../src/engine/status/status.ts'
import { isObject, type Json, type JsonObject } from '../../src/json/json.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import {
  appRows,
  containerLists,
  itemsAt,
  listRows,
  normalPath,
  type Place,
  podRows,
} from '../../src/profile/places.ts'
import type { Scope } from '../../src/template/cel/cel.ts'
import { evaluate } from '../../src/template/evaluate.ts'
import {
  cluster,
  decideOn,
  demanding,
  demandingDocuments,
  inject,
  inUse,
  namespace,
  pods,
} from './arbitrary.ts'

const runs = { numRuns: 1_000 }

/** The same, and what they give is the same for each Pod. */
const steady = inUse(
  demandingDocuments.map(
    documents =>
      JSON.parse(
        JSON.stringify(documents)
          .replaceAll('$(pod.metadata.?name.orValue(\\"none\\"))', 'none')
          .replaceAll('size(pod.spec.?volumes.orValue([])) > 1', 'true')
          .replaceAll('$(app.name)', 'app')
          .replaceAll(/,"inherit":\[[^\]]*\]|"inherit":\[[^\]]*\],/g, ''),
      ) as readonly Json[],
  ),
)

const names = ['alpha', 'beta', 'gamma']

/** A status that claims a part of whatever a Pod has, in the name of whatever profile. */
function claiming({ metadata, spec = {} }: Pod, pick: (text: string) => boolean): JsonObject {
  const chosen = (profile: string, list: string, all: readonly string[]) =>
    all.filter(name => pick(`${profile}/${list}/${name}`))
  const namesAt = (field: string, place: Place, standing: Json | undefined) =>
    itemsAt(field, place, standing).map(([name]) => name)
  const part = (profile: string) => ({
    revision: pick(`${profile}/revision`) ? '0' : 'aaaaaaaaaa',
    ...Object.fromEntries(
      [...listRows, ...podRows].flatMap(([field, place]): [string, Json][] => {
        const standing = (place.in === 'spec' ? spec : metadata)?.[field]
        if (place.kind === 'value') return pick(`${profile}/${field}`) ? [[field, true]] : []
        return [[field, chosen(profile, field, namesAt(field, place, standing))]]
      }),
    ),
    app: Object.fromEntries(
      (spec.containers ?? []).map(container => [
        container.name,
        Object.fromEntries(
          appRows.map(([list, place]) => [
            list,
            chosen(profile, `${container.name}/${list}`, namesAt(list, place, container[list])),
          ]),
        ),
      ]),
    ),
  })
  return {
    profiles: Object.fromEntries(names.filter(pick).map(name => [name, part(name)])),
    ...(pick('defaultContainer') && { defaultContainer: true }),
    ...(pick('empty') && { empty: ['/spec/volumes', '/metadata/labels', '/metadata'] }),
  } as unknown as JsonObject
}

/** What an author does to a Pod that somebody injected for them. */
const tampering: { readonly [what: string]: (pod: Pod) => Pod } = {
  'privileged everywhere': pod =>
    onContainers(pod, one => ({ ...one, securityContext: { privileged: true } })),
  'another registry': pod => onContainers(pod, one => ({ ...one, image: `evil.example/${one.image}` })),
  'one more mount': pod =>
    onContainers(pod, one => ({
      ...one,
      volumeMounts: [...(one.volumeMounts ?? []), { name: 'node', mountPath: '/node' }],
    })),
  'other values': pod =>
    onContainers(pod, one => ({
      ...one,
      ...(one.env && { env: one.env.map(variable => ({ ...variable, value: 'other' })) }),
    })),
  'other volumes': pod => ({
    ...pod,
    spec: {
      ...pod.spec,
      volumes: (pod.spec?.volumes ?? []).map(({ name }) => ({ name, hostPath: { path: '/' } })),
    },
  }),
  'other labels': ({ metadata, ...pod }) => ({
    ...pod,
    metadata: {
      ...metadata,
      labels: Object.fromEntries(Object.keys(metadata?.labels ?? {}).map(key => [key, 'no'])),
    },
  }),
  'all processes in one namespace': pod => ({ ...pod, spec: { ...pod.spec, shareProcessNamespace: true } }),
}

function onContainers({ spec, ...pod }: Pod, change: (container: Container) => Container): Pod {
  const { containers = [], initContainers, ...others } = spec ?? {}
  return {
    ...pod,
    spec: {
      ...others,
      containers: containers.map(change),
      ...(initContainers && { initContainers: initContainers.map(change) }),
    },
  }
}

/** A Pod with a status: what its author wrote, or what was injected, tampered with, and claims of any of it. */
function forgeries(pod: Pod, all: Profiles): fc.Arbitrary<Pod> {
  const injected = inject(pod, all)
  return fc
    .record({
      from: fc.constantFrom(pod, injected, injected, inject(pod, withoutRequirements(all))),
      tamper: fc.oneof(
        fc.constant((same: Pod) => same),
        fc.constantFrom(...Object.values(tampering)),
      ),
      salt: fc.nat(),
      density: fc.constantFrom(2, 8, 8, 9),
      kind: fc.constantFrom('true', 'true', 'claims', 'claims', 'text'),
      text: fc.oneof(fc.string(), fc.json()),
    })
    .map(({ from, tamper, salt, density, kind, text }) => {
      const changed = tamper(without(from))
      const pick = (what: string) => hash(`${salt}${what}`) % 10 < density
      const own = from.metadata?.annotations?.['pillion.dev/status']
      if (kind === 'true' && own !== undefined) return withStatus(changed, own)
      return withStatus(changed, kind === 'text' ? text : JSON.stringify(claiming(changed, pick)))
    })
}

const without = (pod: Pod): Pod => {
  const { 'pillion.dev/status': _, ...annotations } = pod.metadata?.annotations ?? {}
  return { ...pod, metadata: { ...pod.metadata, annotations } }
}

function withStatus(pod: Pod, status: string): Pod {
  const annotations = { ...pod.metadata?.annotations, 'pillion.dev/status': status }
  return { ...pod, metadata: { ...pod.metadata, annotations } }
}

function hash(text: string): number {
  let value = 7
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) % 1_000_003
  return value
}

function withoutRequirements(all: Profiles): Profiles {
  return {
    ...all,
    find: (name, inside) => {
      const profile = all.find(name, inside)
      return profile && { ...profile, requires: [] }
    },
  }
}

/** The Pod as expressions saw it. */
function seen(pod: Pod, all: Profiles): Pod {
  const subject = { pod, namespace, operation: 'CREATE' } as const
  const selection = select(subject, all, cluster)
  if ('skipped' in selection) return pod
  const wanted = selection.profiles.map(profile => ({ profile, ...resolve(profile, subject) }))
  return planForOriginal(wanted, subject, cluster, statusOf(pod)).pod
}

const adopted = ({ warnings }: Decision) => warnings.filter(text => text.includes('uses volume')).join()

/**
 * Whether a claim may keep a volume in use where the Pod without it would have another one adopted: something mounts it,
 * and a container of the Pod mounts another one at the path. The claim may be true: an earlier call made the volume
 * before another webhook mounted something there. Nobody can tell.
 */
function mayKeepInUse(pod: Pod, all: Profiles): boolean {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) => volumeMounts)
  return Object.entries(statusOf(pod)?.profiles ?? {}).some(([name, { volumes = [] }]) =>
    (all.find(name, namespace.name)?.volumes ?? []).some(({ body, adopt }) => {
      const volume = evaluate(body, {} as Scope, []) as JsonObject
      const path = pod.metadata?.annotations?.[`pillion.dev/${name}.path`] ?? '/var/log/app'
      const places = new Set([path, '/data'].map(normalPath))
      return (
        adopt !== undefined &&
        volumes.includes(String(volume['name'])) &&
        mounts.some(mount => mount.name === volume['name']) &&
        mounts.some(mount => mount.name !== volume['name'] && places.has(normalPath(mount.mountPath)))
      )
    }),
  )
}

const isAccepted = ({ outcome }: Decision) => outcome === 'injected' || outcome === 'unchanged'

/** The profiles that a conflict denies or leaves out. */
const inConflict = ({ profiles: each }: Decision): ReadonlySet<string> =>
  new Set(each.flatMap(({ name, reason }) => (reason === 'Conflict' ? [name] : [])))

/** A Pod's content, whatever its order, without what only names things for people. */
function content(pod: Pod): unknown {
  const { 'kubectl.kubernetes.io/default-container': _, ...annotations } =
    without(pod).metadata?.annotations ?? {}
  const { labels = {}, ...metadata } = pod.metadata ?? {}
  const lists = [...listRows, ...podRows].flatMap(([field, { kind }]) => (kind === 'list' ? [field] : []))
  const sorted = (list: Json = []) => (list as Json[]).map(each => stable(each)).sort()
  return {
    metadata: { ...metadata, labels, annotations },
    spec: { ...pod.spec, ...Object.fromEntries(lists.map(list => [list, sorted(pod.spec?.[list])])) },
  }
}

function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const members = Object.entries(value).filter(([, member]) => !Array.isArray(member) || member.length > 0)
  return `{${members
    .map(([key, member]) => `${key}:${stable(member)}`)
    .sort()
    .join()}}`
}

const casesOf = (all: fc.Arbitrary<Profiles>) =>
  fc.tuple(pods, all).chain(([pod, given]) => fc.tuple(fc.constant(given), forgeries(pod, given)))
const cases = casesOf(demanding)

describe('whatever a status says', () => {
  it('it gets its Pod nothing that the Pod without it, or without what Pillion gives, would not get', () => {
    let judged = 0
    fc.assert(
      fc.property(cases, ([all, forged]) => {
        const decision = decideOn(forged, all)
        if (!isAccepted(decision) || isAccepted(decideOn(without(forged), all))) return
        judged++
        const author = seen(forged, all)
        const honest = decideOn(author, all)
        // A claim keeps a container that an expression made from being in conflict with what it makes now.
        const kept = [honest, decideOn(without(forged), all)].map(inConflict)
        if (kept.some(each => !each.isSubsetOf(inConflict(decision)))) return
        expect(isAccepted(honest), honest.message).toBe(true)
        // A volume that is claimed is used, though an app container mounts another one where it would be adopted.
        if (adopted(honest) !== adopted(decision)) return
        expect(content(apply(author, honest.patch))).toEqual(content(apply(forged, decision.patch)))
      }),
      runs,
    )
    expect(judged).toBeGreaterThan(20)
  })

  it('it keeps no conflict away from what is the same for each Pod', () => {
    let judged = 0
    fc.assert(
      fc.property(casesOf(steady), ([all, forged]) => {
        const decision = decideOn(forged, all)
        const bare = decideOn(without(forged), all)
        if (!isAccepted(decision) || isAccepted(bare)) return
        if (mayKeepInUse(forged, all)) return
        judged++
        const author = seen(forged, all)
        const honest = decideOn(author, all)
        expect(honest.reason).toBe('Injected')
        if (bare.reason !== 'Conflict') return
        expect(content(apply(author, honest.patch))).toEqual(content(apply(forged, decision.patch)))
      }),
      // Few of the cases can be judged.
      { numRuns: 4 * runs.numRuns },
    )
    expect(judged).toBeGreaterThan(4)
  })

  it('what it hides from expressions is what the profiles give back', () => {
    fc.assert(
      fc.property(cases, ([all, forged]) => {
        const author = seen(forged, all)
        const given = decideOn(author, all)
        fc.pre(isAccepted(given))
        const again = leaves(apply(author, given.patch))
        const lost = [...leaves(withoutRaised(without(forged))).difference(again)]
        expect(lost.filter(leaf => !leaf.includes('default-container'))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('it takes nothing away, and calls come to rest', () => {
    fc.assert(
      fc.property(cases, ([all, forged]) => {
        const decision = decideOn(forged, all)
        const after = apply(forged, decision.patch)
        const before = leaves(withoutRaised(without(forged)))
        expect(leaves(after).intersection(before).size).toBe(before.size)
        // Where a claim was not true the status says less now, so that the next call sees more of the Pod.
        const settled = [1, 2, 3, 4].reduce(current => inject(current, all), after)
        expect(decideOn(settled, all).patch).toEqual([])
      }),
      runs,
    )
  })

  it('a true one gives what no second call would change', () => {
    fc.assert(
      fc.property(pods, demanding, (pod, all) => {
        const once = inject(pod, all)
        fc.pre(once !== pod)
        expect(seen(once, all)).toEqual(pod)
        expect(decideOn(once, all)).toMatchObject({ patch: [] })
        expect(apply(once, uninject(once))).toEqual(pod)
      }),
      runs,
    )
  })
})

/** A number that is raised is not what it was. */
function withoutRaised({ spec, ...pod }: Pod): Pod {
  const isRaised = (field: string) => podRows.some(([name, { kind }]) => name === field && kind === 'raised')
  return {
    ...pod,
    spec: Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !isRaised(field))),
  }
}

/** Each value of a Pod with the way to it, items of lists by their names. */
function leaves(value: unknown, path = '', field = ''): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set([`${path}=${JSON.stringify(value)}`])
  const found = new Set<string>()
  for (const [key, member] of Object.entries(value)) {
    const step = Array.isArray(value) ? nameOf(member, key, field) : key
    for (const leaf of leaves(member, `${path}/${step}`, key)) found.add(leaf)
  }
  return found
}

function nameOf(item: unknown, index: string, field: string): string {
  const place = lists.get(field)
  if (!isObject(item) || !place) return index
  // The same port may be there once for each protocol.
  return field === 'ports' ? `${place.nameOf(item)}${item['protocol']}` : place.nameOf(item) || index
}

/** The lists whose items have names, wherever in a Pod. */
const lists = new Map(
  [...listRows, ...podRows, ...Object.entries(containerLists)].flatMap(
    ([field, place]: readonly [string, Place]) => (place.kind === 'list' ? [[field, place] as const] : []),
  ),
)
