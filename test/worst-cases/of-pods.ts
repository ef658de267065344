import { annotation } from '../../src/engine/pod.ts'
import { limits } from '../../src/limits/limits.ts'
import { asking, bodyOf, catalog, containers, most, profilesOf, type WorstCase } from './cases.ts'
import { times } from './times.ts'

const heaviest = {
  [annotation.inject]: 'telemetry,proxy,statsd,ambassador,log-tail',
  'pillion.dev/telemetry.endpoint': 'http://collector:4318',
  'pillion.dev/ambassador.host': 'warehouse',
  'pillion.dev/proxy.hosts': 'website',
}
const env = (count: number, name = 'E') => times(count, i => ({ name: `${name}${i}`, value: `${i}` }))
/** As many as fit: a key has three characters, a value none. */
const tiny = (count: number) => Object.fromEntries(times(count, i => [i.toString(36).padStart(3, 'a'), '']))
const plain = profilesOf(1, () => ({ containers: [{ name: 'side', image: 'side:1' }] }))

/** Pods that are large, many-sided or forged; their profiles are ordinary, or many. */
export const ofPods: Readonly<Record<string, () => Omit<WorstCase, 'of'>>> = {
  'an ordinary Pod and profile': () => ({
    body: bodyOf({ [annotation.inject]: 'log-tail' }, { containers: containers(1) }),
    profiles: catalog,
  }),
  '3 MB of containers that do not opt in': () => ({
    body: bodyOf({}, { containers: times(200_000, i => ({ name: `${i}` })) }),
    profiles: catalog,
  }),
  '3 MB of containers': () => ({
    body: bodyOf(heaviest, { containers: times(200_000, i => ({ name: `${i}` })) }),
    profiles: catalog,
  }),
  '3 MB of empty lists': () => ({
    body: bodyOf(asking(1), { later: times(1_000_000, () => []), containers: containers(1) }),
    profiles: plain,
  }),
  'a million levels': () => {
    const body = bodyOf(asking(1), { containers: containers(1) }) as {
      request: { object: { spec: { later?: unknown } } }
    }
    body.request.object.spec.later = JSON.parse(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)
    return { body, profiles: plain }
  },
  '256 containers and the five heaviest profiles of the catalog': () => ({
    body: bodyOf(heaviest, { containers: containers(most.containers) }),
    profiles: catalog,
  }),
  'all items, and the five heaviest profiles of the catalog': () => ({
    body: bodyOf(heaviest, { containers: containers(most.containers, () => ({ env: env(most.itemsEach) })) }),
    profiles: catalog,
  }),
  '400,000 names': () => ({
    body: bodyOf({ [annotation.inject]: times(400_000, i => `n${i}`).join(',') }, {}),
    profiles: catalog,
  }),
  '64 unknown names of 3,000': () => ({
    body: bodyOf({ [annotation.inject]: times(64, i => `profile-of-nobody-${i}x`).join(',') }, {}),
    profiles: { ...plain, namesIn: () => times(3_000, i => `profile-of-nobody-${i}`) },
  }),
  '80,000 stray annotations': () => ({
    body: bodyOf(
      { ...asking(1), ...Object.fromEntries(times(80_000, i => [`pillion.dev/stray.p${i}`, ''])) },
      {},
    ),
    profiles: plain,
  }),
  '87,000 annotations and labels, 64 profiles that add 128 labels': () => ({
    body: bodyOf({ ...asking(most.profiles), ...tiny(87_000) }, {}, { labels: tiny(60_000) }),
    profiles: profilesOf(most.profiles, p => ({
      pod: { labels: Object.fromEntries(times(128, i => [`l${p}-${i}`, ''])) },
    })),
  }),
  'the keys of 80,000 annotations in 25,600 variables': () => ({
    body: bodyOf({ ...asking(1), ...tiny(80_000) }, { containers: containers(most.containers) }),
    profiles: profilesOf(1, () => ({
      appContainers: [
        {
          select: 'all',
          env: times(100, i => ({
            name: `E${i}`,
            value: `$(string(size(pod.metadata.annotations) + ${i}))`,
          })),
        },
      ],
    })),
  }),
  '500 stray annotations, 64 profiles with 64 parameters': () => ({
    body: bodyOf(
      {
        ...asking(most.profiles),
        ...Object.fromEntries(times(500, i => [`pillion.dev/p1.someParameter${i}x`, ''])),
      },
      {},
    ),
    profiles: profilesOf(most.profiles, () => ({
      parameters: Object.fromEntries(
        times(limits.parameters, i => [`someParameter${i}`, { type: 'string' }]),
      ),
    })),
  }),
  'names of control characters and halves of characters': () => ({
    body: bodyOf(
      {
        [annotation.inject]: times(60, i => `${i}${'\u0001\ud800'.repeat(500)}`).join(','),
        ...Object.fromEntries(times(500, i => [`pillion.dev/${i}${'\u0001\ud800'.repeat(1_000)}`, ''])),
      },
      {},
    ),
    profiles: plain,
  }),
  'a status that claims as many items as it has room for': () => {
    // As many as a status has room for.
    const count = 14_000
    const status = {
      profiles: {
        p0: { revision: plain.all[0]?.revision, app: { 'app-0': { env: times(count, i => `E${i}`) } } },
      },
    }
    return {
      body: bodyOf(
        { ...asking(1), [annotation.status]: JSON.stringify(status) },
        { containers: containers(1, () => ({ env: [{ name: 'own', value: '' }, ...env(count)] })) },
      ),
      profiles: profilesOf(1, () => ({
        appContainers: [{ select: 'all', env: [{ name: "$('E' + string(1))", value: 'x' }] }],
      })),
    }
  },
  'a long status, and 64 profiles that give what is there already': () => {
    const items = env(128)
    const status = {
      profiles: Object.fromEntries(
        times(most.profiles, i => [
          `p${i}`,
          {
            revision: 'r',
            app: { 'app-0': { env: times(500, j => `X${j}`) } },
          },
        ]),
      ),
    }
    return {
      body: bodyOf(
        { ...asking(most.profiles), [annotation.status]: JSON.stringify(status) },
        { containers: containers(1, () => ({ env: items })) },
      ),
      profiles: profilesOf(most.profiles, () => ({
        appContainers: times(16, () => ({ select: 'all', env: items })),
      })),
    }
  },
}
