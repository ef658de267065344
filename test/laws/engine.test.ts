import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../../src/engine/decide.fixture.ts'
import { arrangeAll } from '../../src/engine/order/order.ts'
import { planForOriginal } from '../../src/engine/original/original-pod.ts'
import { patch, type ToWrite } from '../../src/engine/patch/patch.ts'
import { uninject } from '../../src/engine/patch/uninject.ts'
import type { Container, Pod } from '../../src/engine/pod.ts'
import { reconcile } from '../../src/engine/reconcile/reconcile.ts'
import { meetRequirements, renderProfiles } from '../../src/engine/render/render.ts'
import { resolve } from '../../src/engine/resolve/resolve.ts'
import { select } from '../../src/engine/select/select.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { podRows } from '../../src/profile/places.ts'
import { cluster, decideOn, inject, namespace, pods, demanding as profiles, unrelated } from './arbitrary.ts'

const runs = { numRuns: 1_000 }

function holds<T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  law: (...values: T) => void,
) {
  fc.assert(
    fc.property(...arbitraries, (...values) => law(...(values as unknown as T))),
    runs,
  )
}

describe('injecting', () => {
  it('twice gives what it gives once', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const once = inject(pod, all)
      expect(decideOn(once, all).patch).toEqual([])
    })
  })

  it('twice leaves the same profiles out and warns of the same', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const first = decideOn(pod, all)
      if (first.outcome !== 'injected') return
      const second = decideOn(inject(pod, all), all)
      const leftOut = ({ profiles: decided, warnings }: typeof first) => ({
        profiles: decided.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name),
        // What is in the way of a profile may be more by then: what a later profile got instead of it.
        warnings: warnings.map(text => text.replace(/ is skipped: .*/s, ' is skipped')).toSorted(),
      })
      expect(leftOut(second)).toEqual(leftOut(first))
    })
  })

  it('gives nothing of a profile that is left out', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const { profiles: decided, patch: operations } = decideOn(pod, all)
      for (const { name, outcome } of decided)
        if (outcome === 'skipped') expect(JSON.stringify(operations)).not.toContain(`${name}-settings`)
    })
  })

  it('is one answer, to the byte, and leaves its input as it was', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const before = JSON.stringify(pod)
      expect(JSON.stringify(decideOn(pod, all))).toBe(JSON.stringify(decideOn(structuredClone(pod), all)))
      expect(JSON.stringify(pod)).toBe(before)
    })
  })

  it('gives what the templates of its profiles give, whatever of them its parameters decided', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const subject = { pod, namespace, operation: 'CREATE' } as const
      const selection = select(subject, all, cluster)
      const selected = 'profiles' in selection ? selection.profiles : []
      const resolved = selected.map(profile => ({ profile, ...resolve(profile, subject) }))
      const { chosen, app } = meetRequirements(resolved, subject, cluster)
      const own = chosen.map(choice => ({ ...choice, templates: choice.profile }))
      const given = (choices: typeof chosen) => {
        const { injections, ...others } = renderProfiles(choices, app)
        return { injections: injections.map(({ templates: _, ...injection }) => injection), ...others }
      }
      expect(given(chosen)).toEqual(given(own))
    })
  })

  it('only adds, and changes nothing when it denies or skips', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const { outcome, patch: operations, profiles: each } = decideOn(pod, all)
      expect(operations.every(({ op }) => op === 'add')).toBe(true)
      expect(operations.length > 0).toBe(outcome === 'injected')
      expect(each.some(profile => profile.outcome === 'injected')).toBe(outcome === 'injected')
    })
  })

  it('keeps the app containers with all their fields and in their order', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const after = inject(pod, all)
      for (const list of ['containers', 'initContainers'] as const) {
        const own = pod.spec?.[list] ?? []
        const names = new Set(own.map(({ name }) => name))
        const kept = (after.spec?.[list] ?? []).filter(({ name }) => names.has(name))
        expect(kept.map(({ name }) => name)).toEqual(own.map(({ name }) => name))
        kept.forEach((container, i) => {
          expectOnlyAdded(own[i]!, container)
        })
      }
    })
  })

  it('gives, by its patch, the Pod that was planned', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const planned = planFor(pod, all)
      if (!planned) return
      expect(apply(pod, patch(planned))).toEqual(asPlanned(pod, planned))
    })
  })

  it('is undone by uninject', () => {
    holds([pods, profiles], (pod: Pod, all: Profiles) => {
      const injected = inject(pod, all)
      expect(apply(injected, uninject(injected))).toEqual(pod)
    })
  })

  it('does not depend on the order in which unrelated profiles are asked for', () => {
    const order = fc.constantFrom<[string, string][]>(
      ['alpha,beta', 'beta,alpha'],
      ['gamma,alpha,beta', 'beta,gamma,alpha'],
    )
    holds([pods, unrelated, order], (pod: Pod, all: Profiles, [one, other]: [string, string]) => {
      expect(unordered(inject(asking(pod, one), all), 'x')).toEqual(
        unordered(inject(asking(pod, other), all), 'x'),
      )
    })
  })
})

function expectOnlyAdded(before: Container, after: Container): void {
  const { env, envFrom, volumeMounts, ...others } = after
  const { env: hadEnv = [], envFrom: hadFrom = [], volumeMounts: hadMounts = [], ...had } = before
  expect(others).toEqual(had)
  expect(env?.slice(0, hadEnv.length) ?? []).toEqual(hadEnv)
  expect(envFrom?.slice(0, hadFrom.length) ?? []).toEqual(hadFrom)
  expect(volumeMounts?.slice(0, hadMounts.length) ?? []).toEqual(hadMounts)
}

function planFor(pod: Pod, all: Profiles): ToWrite | undefined {
  const subject = { pod, namespace, operation: 'CREATE' } as const
  const selection = select(subject, all, cluster)
  if ('skipped' in selection) return undefined
  const resolved = selection.profiles.map(profile => ({ profile, ...resolve(profile, subject) }))
  const { planned } = planForOriginal(resolved, subject, cluster, undefined)
  if (planned.draft.refusals.length > 0) return undefined
  const changes = reconcile(planned, { pod })
  const { refusals, ...lists } = arrangeAll(changes, planned.injections)
  return refusals.length > 0 ? undefined : { ...changes, ...lists }
}

/** The Pod that a plan describes, put together without a patch. */
function asPlanned(pod: Pod, planned: ToWrite): unknown {
  const { app } = planned
  const changed = (container: Container) => {
    const change = app.find(candidate => candidate.container === container)
    return change
      ? { ...container, ...grown(container, change, ['env', 'envFrom', 'volumeMounts']) }
      : container
  }
  const containers = planned.containers.map(({ container }) => changed(container))
  const inits = planned.initContainers.map(({ container }) => container)
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...withAdditions(pod, planned, 'metadata'),
      annotations: {
        ...pod.metadata?.annotations,
        ...Object.fromEntries(planned.additions.annotations ?? []),
      },
    },
    spec: {
      ...pod.spec,
      containers,
      ...((inits.length > 0 || pod.spec?.initContainers) && { initContainers: inits }),
      ...grown(pod.spec ?? {}, { volumes: planned.volumes }, ['volumes']),
      ...withAdditions(pod, planned, 'spec'),
    },
  }
}

function withAdditions(pod: Pod, { additions }: ToWrite, within: 'metadata' | 'spec'): Lists {
  return Object.fromEntries(
    podRows.flatMap(([field, place]) => {
      const added = additions[field]
      if (!added || place.in !== within) return []
      const standing = pod[within]?.[field]
      const values = added.map(([, value]) => value)
      if (place.kind === 'list') return [[field, [...((standing as Json[]) ?? []), ...values]]]
      return [
        [
          field,
          place.kind === 'value' || place.kind === 'raised'
            ? values[0]
            : { ...(standing as JsonObject), ...Object.fromEntries(added) },
        ],
      ]
    }),
  )
}

type Lists = { readonly [list: string]: unknown }

function grown(before: Lists, added: object, lists: readonly string[]): Lists {
  return Object.fromEntries(
    lists.flatMap(list => {
      const more = (added as Lists)[list] as unknown[]
      return more.length > 0 ? [[list, [...((before[list] as unknown[]) ?? []), ...more]]] : []
    }),
  )
}

function asking(pod: Pod, request: string): Pod {
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata?.annotations, 'pillion.dev/inject': request },
    },
  }
}

/** A Pod with its lists sorted, and without the annotation that says what was asked. */
function unordered(pod: Pod, request: string): unknown {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value
        .map(sort)
        .map(item => JSON.stringify(item))
        .sort()
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, member]) => [key, sort(member)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
  return sort(asking(pod, request))
}
