import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, names, podAsking, profilesOf } from '../decide.fixture.ts'
import { live } from '../live.fixture.ts'
import type { Container, Pod } from '../pod.ts'

const profiles = profilesOf({
  logging: {
    volumes: [{ name: 'logs', emptyDir: {} }],
    containers: [container('ship')],
    initContainers: [container('prepare')],
    appContainers: [
      {
        select: 'all',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
      },
    ],
    pod: { labels: { logs: 'yes' }, terminationGracePeriodSeconds: 60 },
  },
})

const running = () => live(injectInto(podAsking('logging'), profiles))
const isLive = { isLive: true }

function withSpec(pod: Pod, spec: JsonObject): Pod {
  return { ...pod, spec: { ...pod.spec, ...spec } } as Pod
}

/** The Pod with other fields in one of its containers. */
function edited(pod: Pod, list: 'containers' | 'initContainers', name: string, fields: JsonObject): Pod {
  const edit = (each: Container) => (each.name === name ? { ...each, ...fields } : each)
  return withSpec(pod, { [list]: (pod.spec?.[list] ?? []).map(edit) })
}

describe('a Pod that runs', () => {
  it('lacks nothing if it has all that it would get', () => {
    expect(decideOn(running(), profiles, isLive)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it.each<{ what: string; change: (pod: Pod) => Pod; says: string }>([
    {
      what: 'another volume of the name',
      change: pod => withSpec(pod, { volumes: [{ name: 'logs', hostPath: { path: '/' } }] }),
      says: 'volume "logs"',
    },
    {
      what: 'another sidecar of the name',
      change: pod => edited(pod, 'initContainers', 'ship', { image: 'example/other:1' }),
      says: 'container "ship"',
    },
    {
      what: 'a container that should be a sidecar',
      change: pod => {
        const initContainers = (pod.spec?.initContainers ?? []).filter(({ name }) => name !== 'ship')
        return withSpec(pod, {
          initContainers,
          containers: [...(pod.spec?.containers ?? []), container('ship')],
        })
      },
      says: 'container "ship"',
    },
  ])('could not have been created with $what', ({ change, says }) => {
    expect(decideOn(change(running()), profiles, isLive)).toMatchObject({
      outcome: 'denied',
      reason: 'Conflict',
      message: `profile logging: ${says} is in use by the Pod for something else`,
    })
  })

  it.each<{ what: string; change: (pod: Pod) => Pod; paths: readonly string[] }>([
    {
      what: 'a variable',
      change: pod => edited(pod, 'containers', 'app', { env: [{ name: 'A', value: '1' }] }),
      paths: ['/spec/containers/0/env/-'],
    },
    {
      what: 'the value of a variable',
      change: pod =>
        edited(pod, 'containers', 'app', {
          env: [
            { name: 'A', value: '9' },
            { name: 'B', value: '2' },
          ],
        }),
      paths: ['/spec/containers/0/env/-'],
    },
    {
      what: 'a label',
      change: pod => ({ ...pod, metadata: { ...pod.metadata, labels: {} } }),
      paths: ['/metadata/labels/logs'],
    },
    {
      what: 'some of the time to end',
      change: pod => withSpec(pod, { terminationGracePeriodSeconds: 59 }),
      paths: ['/spec/terminationGracePeriodSeconds'],
    },
    {
      what: 'an init container',
      change: pod =>
        withSpec(pod, {
          initContainers: pod.spec?.initContainers?.filter(({ name }) => name !== 'prepare') as never,
        }),
      paths: ['/spec/initContainers/1'],
    },
  ])('lacks $what and nothing else', ({ change, paths }) => {
    const { outcome, patch } = decideOn(change(running()), profiles, isLive)
    expect(outcome).toBe('injected')
    expect(patch.map(({ path }) => path).filter(path => !path.includes('annotations'))).toEqual(paths)
  })

  it('has enough time to end if it has more', () => {
    const more = withSpec(running(), { terminationGracePeriodSeconds: 61 })
    expect(decideOn(more, profiles, isLive)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})

it('what another webhook took away is added again in its place, and what it changed is left', () => {
  const injected = injectInto(podAsking('logging'), profiles)
  const lacking = edited(injected, 'containers', 'app', { env: [{ name: 'A', value: '1' }] })
  const again = injectInto(lacking, profiles)
  expect(again.spec?.containers?.[0]?.env).toEqual(injected.spec?.containers?.[0]?.env)
  expect(again).toEqual(injected)
  const without = withSpec(injected, { initContainers: injected.spec?.initContainers?.slice(1) as never })
  expect(names(injectInto(without, profiles).spec?.initContainers)).toEqual(['ship', 'prepare'])
})

describe('a list of a Pod', () => {
  const tolerating = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `s${i}` }))
  it.each([1, 7, 8, 9, 30])('of %i items is looked through for the item that a profile gives', count => {
    const giving = profilesOf({ pulling: { pod: { imagePullSecrets: [{ name: 's0' }, { name: 'own' }] } } })
    const pod = podAsking('pulling', { imagePullSecrets: tolerating(count) })
    const injected = injectInto(pod, giving)
    expect(injected.spec?.['imagePullSecrets']).toEqual([...tolerating(count), { name: 'own' }])
    expect(decideOn(injected, giving)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})
