import { type Reviewing, review } from '../../src/admission/review.ts'
import { annotation, type Pod } from '../../src/engine/pod.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import { accept } from '../../src/profile/accept/acceptance.ts'
import { candidate } from '../../src/profile/accept/candidate.ts'
import { readProfile } from '../../src/profile/read.ts'
import { reviewOf } from '../bodies/bodies.ts'
import { podOf } from '../bodies/pod.ts'
import { nameOf, withProfiles } from './profile.ts'

/** One thing that a user sizes, and the work that it causes. */
export interface Dimension {
  readonly of: string
  readonly counts: readonly number[]
  /** The work with so many of them. */
  readonly step: (count: number) => () => unknown
}

/** What the authors of Pods and of profiles size, up to or near the limits. */
export function dimensions(): readonly Dimension[] {
  const one = withProfiles(1)
  const asking = (pod: Pod) => decided(pod, one)
  const thousands = [125, 250, 500, 1_000, 2_000]
  return [
    {
      of: 'volumes of a Pod',
      counts: [64, 128, 256, 512, 1_024],
      step: count => asking(withVolumes(count, 0)),
    },
    { of: 'mounts of one container', counts: thousands, step: count => asking(withVolumes(1, count)) },
    {
      of: 'annotations of others',
      counts: thousands,
      step: count =>
        asking(
          podOf({ profiles: [nameOf(0)], annotations: Object.fromEntries(keys(count, 'example.com/a')) }),
        ),
    },
    {
      of: 'names asked for that nobody gives',
      counts: [2, 4, 8, 16, 32, 64],
      step: count => reviewed(podOf({ profiles: numbered(count, 'nobody-') }), withProfiles(64)),
    },
    {
      of: 'annotations for parameters that there are not',
      counts: [16, 32, 64, 128, 256, 512],
      step: count =>
        reviewed(
          podOf({
            profiles: [nameOf(0)],
            annotations: Object.fromEntries(keys(count, `${annotation.prefix}x.p`)),
          }),
          one,
        ),
    },
    {
      of: 'profiles of a cluster, at a change',
      counts: [64, 128, 256, 512, 1_024],
      step: count => accepted(count, 8),
    },
    {
      of: 'names in the order of each of 256 profiles, at a change',
      counts: [4, 8, 16, 32, 64],
      step: count => accepted(256, count),
    },
    {
      of: 'parameters of a profile',
      counts: [4, 8, 16, 32, 64],
      step: count =>
        read({
          parameters: Object.fromEntries(
            numbered(count, 'p').map(name => [name, { type: 'string', default: 'x' }]),
          ),
          containers: [container('a', { args: numbered(count, 'p').map(name => `$(params.${name})`) })],
        }),
    },
    {
      of: 'variables of a profile',
      counts: [8, 16, 32, 64, 128],
      step: count =>
        read({
          containers: [container('a', { env: numbered(count, 'V').map(name => ({ name, value: 'x' })) })],
        }),
    },
    {
      of: 'mounts of volumes that there are not',
      counts: [8, 16, 32, 64, 128],
      step: count =>
        read({
          volumes: numbered(32, 'volume-').map(name => ({ name, emptyDir: {} })),
          containers: [
            container('a', {
              volumeMounts: numbered(count, 'wolume-').map(name => ({ name, mountPath: `/${name}` })),
            }),
          ],
        }),
    },
  ]
}

function reviewed(pod: Pod, reviewing: Reviewing): () => unknown {
  const body: unknown = JSON.parse(reviewOf(pod))
  return () => review(body, reviewing)
}

function decided(pod: Pod, reviewing: Reviewing): () => unknown {
  const step = reviewed(pod, reviewing)
  const given = step() as ReturnType<typeof review>
  if (!('decision' in given) || given.decision.outcome !== 'injected') throw new Error(JSON.stringify(given))
  return step
}

function withVolumes(volumes: number, mounts: number): Pod {
  const pod = podOf({ profiles: [nameOf(0)] })
  const [web, ...others] = pod.spec?.containers ?? []
  const added = numbered(volumes, 'volume-').map(name => ({ name, emptyDir: {} }))
  const mounted = numbered(mounts, '/m/').map(mountPath => ({ name: 'volume-0', mountPath }))
  return {
    ...pod,
    spec: {
      ...pod.spec,
      volumes: [...(pod.spec?.volumes ?? []), ...added],
      containers: [{ ...web!, volumeMounts: [...(web?.volumeMounts ?? []), ...mounted] }, ...others],
    },
  }
}

/** Each is to come before so many of those after it. */
function accepted(profiles: number, names: number): () => unknown {
  const candidates = new Map(
    Array.from({ length: profiles }, (_, at) => {
      const name = nameOf(at)
      const before = Array.from({ length: names }, (_, i) => nameOf(at + i + 1))
      const object = objectOf(name, { order: { before }, containers: [container(`c-${at}`)] })
      return [name, candidate('ClusterSidecarProfile', object)] as const
    }),
  )
  return () => accept(candidates)
}

function read(spec: JsonObject): () => unknown {
  const object = objectOf('measured', spec)
  return () => readProfile(object)
}

function objectOf(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile', metadata: { name }, spec }
}

function container(name: string, fields: JsonObject = {}): JsonObject {
  return { name, image: 'registry.example/a:1', ...fields }
}

function numbered(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`)
}

function keys(count: number, prefix: string): readonly (readonly [string, string & Json])[] {
  return numbered(count, prefix).map(key => [key, 'x'] as const)
}
