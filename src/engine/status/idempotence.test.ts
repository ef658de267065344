import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  decideOn,
  injectInto,
  names,
  olderCluster,
  podAsking,
  profilesOf,
  statusIn,
  withStatus,
} from '../decide.fixture.ts'
import { annotation, type Container, type Pod } from '../pod.ts'

const profiles = profilesOf({
  logging: {
    volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/logs' } }],
    containers: [
      container('ship', {
        args: ['--pod', '$(pod.metadata.name)'],
        ports: [{ containerPort: 9000 }],
        env: [{ name: 'EMPTY', value: '' }],
        volumeMounts: [{ name: 'logs', mountPath: '/logs', readOnly: false }],
        resources: { limits: { cpu: '1000m' } },
      }),
    ],
    initContainers: [container('prepare')],
    appContainers: [
      {
        select: 'all',
        env: [{ name: 'LOGS', value: '/logs' }],
        volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
      },
    ],
    pod: { labels: { logs: 'yes' }, annotations: { 'logs/port': '9000' }, dnsConfig: { searches: ['logs'] } },
  },
  metrics: { lifecycle: 'regular', containers: [container('scrape', { ports: [{ containerPort: 9001 }] })] },
})
const ask = podAsking('logging,metrics')

const clusters = [
  { on: 'a newer cluster', circumstances: {} },
  { on: 'an older cluster', circumstances: { cluster: olderCluster } },
]

function change(
  pod: Pod,
  list: 'containers' | 'initContainers',
  edit: (all: readonly Container[]) => readonly Container[],
): Pod {
  return { ...pod, spec: { ...pod.spec, [list]: edit(pod.spec?.[list] ?? []) } }
}

/** One of several profiles' containers that was missing goes behind those of the others. */
function sorted(pod: Pod, list: 'containers' | 'initContainers'): Pod {
  return change(pod, list, all => all.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
}

describe('Idempotence', () => {
  it.each(clusters)('Called again on its own result the answer is no patch. On $on.', ({ circumstances }) => {
    const once = injectInto(ask, profiles, circumstances)
    expect(decideOn(once, profiles, circumstances)).toMatchObject({
      outcome: 'unchanged',
      reason: 'Unchanged',
      message: 'Pillion has nothing to add to this Pod',
      warnings: [],
      patch: [],
    })
  })

  describe('a container that depends on something that another webhook changed since', () => {
    const mode = '$(pod.metadata.annotations["example.com/mode"])'
    const moody = (lifecycle: string, image = 'example/ship:1') =>
      profilesOf({
        moody: {
          lifecycle,
          volumes: [{ name: 'logs', emptyDir: {} }],
          containers: [
            container('other'),
            container('ship', {
              when: '"example.com/mode" in pod.metadata.annotations',
              image,
              args: ['--mode', mode],
              env: [{ name: 'MODE', value: mode }],
              resources: { limits: { memory: `$(pod.metadata.annotations["example.com/memory"])` } },
              volumeMounts: [{ name: 'logs', mountPath: '/logs', subPath: mode }],
            }),
          ],
        },
      })
    const annotations = { 'example.com/mode': 'a', 'example.com/memory': '1Gi' }
    const changed = (lifecycle: string): Pod => {
      const { metadata, ...pod } = injectInto(podAsking('moody', {}, annotations), moody(lifecycle))
      const since = { 'example.com/mode': 'b', 'example.com/memory': '2Gi' }
      return { ...pod, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...since } } }
    }

    it.each(['native', 'regular'])('is still there: %s', lifecycle => {
      expect(decideOn(changed(lifecycle), moody(lifecycle))).toMatchObject({
        outcome: 'unchanged',
        patch: [],
      })
    })

    it.each(['native', 'regular'])(
      'is another one if it differs in what depends on nothing: %s',
      lifecycle => {
        expect(decideOn(changed(lifecycle), moody(lifecycle, 'example/other:1'))).toMatchObject({
          outcome: 'denied',
          message: 'profile moody: container "ship" is in use by the Pod for something else',
        })
      },
    )
  })

  it('what it says of each profile is what it has in the Pod', () => {
    const once = injectInto(ask, profiles)
    const before = decideOn(ask, profiles).profiles
    const after = decideOn(once, profiles).profiles
    expect(after.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['unchanged', 'Unchanged'],
      ['unchanged', 'Unchanged'],
    ])
    expect(after.map(({ injected }) => injected)).toEqual(before.map(({ injected }) => injected))
    expect(statusIn(once)).toMatchObject({ profiles: { logging: before[0]?.injected } })
  })

  describe('A Pod to which no profile adds anything is unchanged, and gets no status.', () => {
    const some = profilesOf({
      sandbox: { containers: [container('sandbox', { when: 'false' })] },
      metrics: { containers: [container('scrape')] },
    })

    it('where a profile gives nothing', () => {
      expect(decideOn(podAsking('sandbox'), some)).toMatchObject({
        outcome: 'unchanged',
        reason: 'Unchanged',
        profiles: [{ name: 'sandbox', outcome: 'unchanged', reason: 'Unchanged' }],
        patch: [],
      })
    })

    it('where another profile gives something, only that one is injected', () => {
      expect(decideOn(podAsking('sandbox,metrics'), some)).toMatchObject({
        outcome: 'injected',
        message: 'injected: metrics',
        profiles: [
          { name: 'sandbox', outcome: 'unchanged' },
          { name: 'metrics', outcome: 'injected' },
        ],
      })
    })

    it('where its author wrote all of it', () => {
      const { spec } = injectInto(podAsking('metrics'), some)
      expect(decideOn(podAsking('metrics', spec), some)).toMatchObject({ outcome: 'unchanged', patch: [] })
    })
  })

  describe("The status annotation is a hint and never trusted: what counts is the Pod's content.", () => {
    const claims = (injected: JsonObject) => ({ profiles: { logging: { revision: '0', ...injected } } })
    const forged: readonly { what: string; status: unknown }[] = [
      { what: 'garbage', status: 'garbage' },
      { what: 'no object', status: '[]' },
      {
        what: 'a claim of everything, of which nothing is there',
        status: claims({
          containers: ['ship'],
          initContainers: ['ship', 'prepare'],
          volumes: ['logs'],
          labels: ['logs'],
          dnsConfig: true,
        }),
      },
      {
        what: 'a claim of app containers',
        status: claims({ containers: ['app'], app: { app: { env: ['HOME'], volumeMounts: ['/data'] } } }),
      },
      {
        what: 'claims of a shape that is none',
        status: claims({ app: { app: null }, containers: 'app', volumes: [1] }),
      },
      {
        what: 'a claim of a profile that is not there',
        status: { profiles: { other: { revision: '0', containers: ['app'] } } },
      },
      {
        what: 'a claim of what every object has',
        status: {
          profiles: {
            constructor: { revision: '0' },
            logging: { revision: '0', app: { constructor: { env: ['x'] } } },
          },
        },
      },
    ]

    it.each(forged)('$what, in a Pod that has nothing', ({ status }) => {
      const honest = injectInto(ask, profiles)
      const lied = injectInto(withStatus(ask, status), profiles)
      expect(lied).toEqual(honest)
    })

    it.each(forged)('$what, in a Pod that has everything', ({ status }) => {
      const whole = injectInto(ask, profiles)
      const lied = withStatus(whole, status)
      const { spec, metadata } = injectInto(lied, profiles)
      expect(spec).toEqual(whole.spec)
      expect(metadata?.labels).toEqual(whole.metadata?.labels)
      expect(decideOn(injectInto(lied, profiles), profiles).patch).toEqual([])
    })

    it('the right one, in a Pod that has nothing', () => {
      const whole = injectInto(ask, profiles)
      expect(injectInto(withStatus(ask, statusIn(whole)), profiles)).toEqual(whole)
    })

    it('none, in a Pod that has everything', () => {
      const whole = injectInto(ask, profiles)
      const { [annotation.status]: _, ...annotations } = whole.metadata!.annotations!
      const stripped = { ...whole, metadata: { ...whole.metadata, annotations } }
      const again = injectInto(stripped, profiles)
      expect(again.spec).toEqual(whole.spec)
      expect(decideOn(again, profiles).patch).toEqual([])
    })
  })

  describe('A forged status neither skips nor removes anything; a half-injected Pod is completed.', () => {
    it('what the author has stays', () => {
      const pod = podAsking('logging', {
        containers: [container('app', { env: [{ name: 'HOME', value: '/' }] })],
      })
      const forged = withStatus(pod, {
        profiles: { logging: { revision: '0', containers: ['app'], app: { app: { env: ['HOME'] } } } },
      })
      expect(injectInto(forged, profiles)).toEqual(injectInto(pod, profiles))
    })

    it.each(clusters)('whatever container is missing, on $on', ({ circumstances }) => {
      const whole = injectInto(ask, profiles, circumstances)
      for (const list of ['containers', 'initContainers'] as const) {
        for (const missing of names(whole.spec?.[list]).filter(name => name !== 'app')) {
          const half = change(whole, list, all => all.filter(({ name }) => name !== missing))
          const completed = injectInto(half, profiles, circumstances)
          expect(sorted(completed, list).spec).toEqual(sorted(whole, list).spec)
          expect(decideOn(completed, profiles, circumstances).patch).toEqual([])
        }
      }
    })

    it.each([
      { what: 'the volumes', half: (pod: Pod) => ({ ...pod, spec: { ...pod.spec, volumes: [] } }) },
      { what: 'the labels', half: (pod: Pod) => ({ ...pod, metadata: { ...pod.metadata, labels: {} } }) },
      {
        what: 'what app containers got',
        half: (pod: Pod) =>
          change(pod, 'containers', all => all.map(one => (one.name === 'app' ? container('app') : one))),
      },
      {
        what: 'the settings',
        half: ({ spec: { dnsConfig: _, ...spec } = {}, ...pod }: Pod) => ({ ...pod, spec }),
      },
    ])('when $what are missing', ({ half }) => {
      const whole = injectInto(ask, profiles)
      const completed = injectInto(half(whole), profiles)
      expect(completed.spec).toEqual(whole.spec)
      expect(completed.metadata?.labels).toEqual(whole.metadata?.labels)
      expect(decideOn(completed, profiles).patch).toEqual([])
    })
  })

  describe('Holds under `reinvocationPolicy: IfNeeded` with other webhooks.', () => {
    const proxy = container('mesh-proxy', { ports: [{ containerPort: 15090 }] })
    const others: readonly { what: string; mutate: (pod: Pod) => Pod }[] = [
      {
        what: 'that put a native sidecar in front',
        mutate: pod => change(pod, 'initContainers', all => [{ ...proxy, restartPolicy: 'Always' }, ...all]),
      },
      {
        what: 'that turn the order of init containers',
        mutate: pod => change(pod, 'initContainers', all => all.toReversed()),
      },
      {
        what: 'that pull from a mirror',
        mutate: pod => change(change(pod, 'initContainers', mirror), 'containers', mirror),
      },
      {
        what: 'that pin digests',
        mutate: pod =>
          change(pod, 'initContainers', all => all.map(one => ({ ...one, image: `${one.image}@sha256:01` }))),
      },
      {
        what: 'that set policies, limits and defaults',
        mutate: pod => change(change(pod, 'initContainers', fill), 'containers', fill),
      },
      {
        what: 'that add variables and mounts everywhere',
        mutate: pod => change(change(pod, 'initContainers', add), 'containers', add),
      },
      {
        what: 'that label the Pod',
        mutate: pod => ({
          ...pod,
          metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, mesh: 'on' } },
        }),
      },
    ]
    const mirror = (all: readonly Container[]) =>
      all.map(one => ({ ...one, image: `mirror.example/x/${one.image}` }))
    const fill = (all: readonly Container[]) =>
      all.map(one => ({
        ...one,
        imagePullPolicy: 'Always',
        resources: { limits: { cpu: '2' } },
        terminationMessagePath: '/dev/termination-log',
      }))
    const add = (all: readonly Container[]) =>
      all.map(one => ({
        ...one,
        env: [{ name: 'MESH', value: '1' }, ...(one.env ?? [])],
        volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets' }, ...(one.volumeMounts ?? [])],
      }))

    it.each(others)('with others $what', ({ mutate }) => {
      for (const circumstances of [{}, { cluster: olderCluster }]) {
        const changed = mutate(injectInto(ask, profiles, circumstances))
        expect(decideOn(changed, profiles, circumstances)).toMatchObject({ outcome: 'unchanged', patch: [] })
      }
    })

    it('with others that put a sidecar in front, which gets what is for all, once', () => {
      const changed = change(injectInto(ask, profiles), 'containers', all => [proxy, ...all])
      const again = injectInto(changed, profiles)
      expect(names(again.spec?.containers)).toEqual(['mesh-proxy', 'app', 'scrape'])
      expect(again.metadata?.annotations?.[annotation.defaultContainer]).toBe('app')
      expect(decideOn(again, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
    })
  })
})
