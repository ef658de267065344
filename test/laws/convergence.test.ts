import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Container, Pod } from '../../src/engine/pod.ts'
import { decideOn, inject, pods, profiles } from './arbitrary.ts'

/** What other webhooks and the API server do to a Pod between two calls. */
const foreign: { readonly [what: string]: (pod: Pod) => Pod } = {
  'puts a sidecar in front': pod => onSpec(pod, 'containers', containers => once(containers, proxy, 'front')),
  'puts a sidecar behind': pod => onSpec(pod, 'containers', containers => once(containers, proxy, 'behind')),
  'puts a native sidecar in front': pod =>
    onSpec(pod, 'initContainers', inits => once(inits, { ...proxy, restartPolicy: 'Always' }, 'front')),
  'pulls images from a mirror': pod =>
    onContainers(pod, container => ({ ...container, image: mirrored(container.image) })),
  'sets what is left to default': pod =>
    onContainers(pod, container => ({
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'Always',
      ...container,
      resources: { limits: { cpu: '1' }, ...(container['resources'] as object) },
    })),
  'mounts a token': pod =>
    onContainers(pod, container => ({
      ...container,
      volumeMounts: [
        ...(container.volumeMounts ?? []).filter(({ name }) => name !== 'token'),
        { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
      ],
    })),
  'labels the Pod': pod => ({
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, mesh: 'on' } },
  }),
}

const proxy: Container = { name: 'mesh-proxy', image: 'mesh/proxy:1' }

function once(
  containers: readonly Container[],
  container: Container,
  where: 'front' | 'behind',
): readonly Container[] {
  if (containers.some(({ name }) => name === container.name)) return containers
  return where === 'front' ? [container, ...containers] : [...containers, container]
}

function onSpec(
  pod: Pod,
  list: 'containers' | 'initContainers',
  change: (containers: readonly Container[]) => readonly Container[],
): Pod {
  return { ...pod, spec: { ...pod.spec, [list]: change(pod.spec?.[list] ?? []) } }
}

function onContainers(pod: Pod, change: (container: Container) => Container): Pod {
  return onSpec(
    onSpec(pod, 'containers', all => all.map(change)),
    'initContainers',
    all => all.map(change),
  )
}

function mirrored(image = ''): string {
  return image.startsWith('mirror.example/') ? image : `mirror.example/${image.slice(image.indexOf('/') + 1)}`
}

const mutators = fc.constantFrom(...Object.entries(foreign))
const runs = { numRuns: 1_000 }

describe('beside other mutating webhooks', () => {
  it('two calls and a foreign mutator in any order come to rest', () => {
    fc.assert(
      fc.property(
        pods,
        profiles,
        mutators,
        fc.constantFrom('PFP', 'FPFP', 'PPFP'),
        (pod, all, [, mutate], turns) => {
          const [alone, beside] = [decideOn(pod, all), decideOn(mutate(pod), all)]
          fc.pre(alone.outcome === 'injected' && beside.outcome === 'injected')
          // The volume that a profile adopts stays adopted: a container that comes later cannot offer another.
          fc.pre(isDeepStrictEqual(alone.warnings, beside.warnings))
          const after = [...turns].reduce(
            (current, turn) => (turn === 'P' ? inject(current, all) : mutate(current)),
            pod,
          )
          expect(decideOn(after, all)).toMatchObject({ outcome: 'unchanged', patch: [] })
          expect(mutate(after)).toEqual(after)
        },
      ),
      runs,
    )
  })

  it('a Pod that lost a part of what was injected is completed', () => {
    fc.assert(
      fc.property(pods, profiles, fc.nat(), (pod, all, which) => {
        const whole = inject(pod, all)
        const added = injectedContainers(pod, whole)
        fc.pre(added.length > 0)
        const lost = added[which % added.length]!
        const half = onSpec(
          onSpec(whole, 'containers', list => list.filter(({ name }) => name !== lost)),
          'initContainers',
          list => list.filter(({ name }) => name !== lost),
        )
        const again = inject(half, all)
        expect(injectedContainers(pod, again).sort()).toEqual(added.sort())
        expect(decideOn(again, all).patch).toEqual([])
      }),
      runs,
    )
  })

  it('a forged status neither skips nor removes anything', () => {
    fc.assert(
      fc.property(
        pods,
        profiles,
        fc.oneof(fc.string(), fc.json()),
        fc.constantFrom('text', 'claims'),
        (pod, all, text, kind) => {
          const honest = inject(pod, all)
          fc.pre(honest !== pod)
          const status = kind === 'text' ? text : (honest.metadata?.annotations?.['pillion.dev/status'] ?? '')
          const forged = annotated(pod, status)
          expect(containerNames(inject(forged, all))).toEqual(containerNames(honest))
        },
      ),
      runs,
    )
  })
})

function annotated(pod: Pod, status: string): Pod {
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata?.annotations, 'pillion.dev/status': status },
    },
  }
}

function containerNames(pod: Pod): readonly string[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(({ name }) => name)
}

function injectedContainers(before: Pod, after: Pod): string[] {
  const own = new Set(containerNames(before))
  return containerNames(after).filter(name => !own.has(name))
}
