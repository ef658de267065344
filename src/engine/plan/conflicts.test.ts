import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, names, podAsking, profilesOf } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'

const logs = (path: string, volume = 'logs') => ({ volumeMounts: [{ name: volume, mountPath: path }] })
const port = (containerPort: number, protocol?: string) => ({
  ports: [{ containerPort, ...(protocol !== undefined && { protocol }) }],
})

/** A profile that wants something the Pod has already, and what is said of it. */
interface Clash {
  readonly what: string
  readonly wants: JsonObject
  readonly has: JsonObject
  readonly says: string
}

const clashes: readonly Clash[] = [
  {
    what: 'a container name',
    wants: { containers: [container('ship')] },
    has: { containers: [container('app'), container('ship')] },
    says: 'container "ship" is in use by the Pod for something else',
  },
  {
    what: 'the name of an init container',
    wants: { initContainers: [container('ship')] },
    has: { initContainers: [container('ship', { image: 'other' })] },
    says: 'container "ship" is in use by the Pod for something else',
  },
  {
    what: 'a volume name',
    wants: { volumes: [{ name: 'logs', emptyDir: {} }] },
    has: { volumes: [{ name: 'logs', configMap: { name: 'x' } }] },
    says: 'volume "logs" is in use by the Pod for something else',
  },
  {
    what: 'a mount path',
    wants: {
      volumes: [{ name: 'logs', emptyDir: {} }],
      appContainers: [{ select: 'all', ...logs('/logs') }],
    },
    has: { containers: [container('app', logs('/logs/', 'own'))], volumes: [{ name: 'own', emptyDir: {} }] },
    says: 'container "app" mounts volume "own" at /logs for the Pod',
  },
  {
    what: 'a mount path, by another part of the volume',
    wants: {
      volumes: [{ name: 'logs', emptyDir: {} }],
      appContainers: [{ select: 'all', ...logs('/logs') }],
    },
    has: {
      containers: [
        container('app', { volumeMounts: [{ name: 'logs', mountPath: '/logs', subPathExpr: '$(POD)' }] }),
      ],
      volumes: [{ name: 'logs', emptyDir: {} }],
    },
    says: 'container "app" mounts volume "logs" at /logs for the Pod',
  },
  {
    what: 'a declared port',
    wants: { containers: [container('ship', port(80))] },
    has: { containers: [container('app', port(80))] },
    says: 'port 80/TCP of container "ship" is in use by container "app" of the Pod',
  },
]

/** Everything the Pod had is there, unchanged; more may be. */
function expectToHave({ spec }: Pod, has: JsonObject): void {
  for (const [list, items] of Object.entries(has))
    for (const item of items as readonly JsonObject[]) expect(spec?.[list]).toContainEqual(item)
}

describe('Conflicts', () => {
  describe('Containers of a Pod share ports as well as names: a container name, volume name, mount path, declared port or env name already in use is a conflict.', () => {
    it.each(clashes)('$what', ({ wants, has, says }) => {
      expect(decideOn(podAsking('logging', has), profilesOf({ logging: wants }))).toMatchObject({
        outcome: 'denied',
        reason: 'Conflict',
        message: `profile logging: ${says}`,
        patch: [],
      })
    })

    it('an env name, among profiles', () => {
      const giving = (value: string) => ({ appContainers: [{ select: 'all', env: [{ name: 'A', value }] }] })
      const profiles = profilesOf({ a: giving('1'), b: giving('2') })
      expect(decideOn(podAsking('a,b'), profiles)).toMatchObject({
        outcome: 'denied',
        message: 'profile b: environment variable A of container "app" is set by profile a to something else',
      })
    })

    it('all of them are said at once', () => {
      const { message } = decideOn(
        podAsking('logging', {
          containers: [container('app', { ...port(80), ...logs('/logs', 'own') }), container('ship')],
          volumes: [{ name: 'logs', hostPath: { path: '/x' } }],
        }),
        profilesOf({
          logging: {
            volumes: [{ name: 'logs', emptyDir: {} }],
            containers: [container('ship'), container('scrape', port(80))],
            appContainers: [{ select: ['app'], ...logs('/logs') }],
          },
        }),
      )
      expect(message.split('\n')).toEqual([
        '- profile logging: volume "logs" is in use by the Pod for something else',
        '- profile logging: container "ship" is in use by the Pod for something else',
        '- profile logging: port 80/TCP of container "scrape" is in use by container "app" of the Pod',
        '- profile logging: container "app" mounts volume "own" at /logs for the Pod',
      ])
    })
  })

  describe('ports', () => {
    const wanting = (fields: JsonObject, list = 'containers') =>
      profilesOf({ logging: { [list]: [container('ship', fields)] } })

    it.each([
      { why: 'another port', wants: port(81), has: port(80) },
      { why: 'the same number of another protocol', wants: port(80, 'UDP'), has: port(80) },
    ])('$why is free', ({ wants, has }) => {
      const pod = podAsking('logging', { containers: [container('app', has)] })
      expect(decideOn(pod, wanting(wants)).outcome).toBe('injected')
    })

    it('TCP is what a port without a protocol has', () => {
      const pod = podAsking('logging', { containers: [container('app', port(80, 'TCP'))] })
      expect(decideOn(pod, wanting(port(80))).reason).toBe('Conflict')
    })

    it('an init container has gone when the others listen, so its ports do not count', () => {
      const theirs = podAsking('logging', { initContainers: [container('seed', port(80))] })
      expect(decideOn(theirs, wanting(port(80))).outcome).toBe('injected')
      const ours = podAsking('logging', { containers: [container('app', port(80))] })
      expect(decideOn(ours, wanting(port(80), 'initContainers')).outcome).toBe('injected')
    })

    it("a native sidecar stays, so its ports count, another injector's too", () => {
      const istio = container('istio-proxy', { ...port(15090), restartPolicy: 'Always' })
      const pod = podAsking('logging', { initContainers: [istio] })
      expect(decideOn(pod, wanting(port(15090))).message).toBe(
        'profile logging: port 15090/TCP of container "ship" is in use by container "istio-proxy" of the Pod',
      )
    })

    it('are shared by the containers of one profile, and by profiles', () => {
      const alone = profilesOf({
        logging: { containers: [container('a', port(80)), container('b', port(80))] },
      })
      expect(decideOn(podAsking('logging'), alone).message).toBe(
        'profile logging: port 80/TCP of container "b" is in use by container "a" of profile logging',
      )
      const together = profilesOf({
        one: { containers: [container('a', port(80))] },
        two: { containers: [container('b', port(80))] },
      })
      expect(decideOn(podAsking('one,two'), together).message).toBe(
        'profile two: port 80/TCP of container "b" is in use by container "a" of profile one',
      )
    })

    it('of which a container has several all count', () => {
      const both = { ports: [{ containerPort: 80 }, { containerPort: 81 }] }
      const { message } = decideOn(
        podAsking('logging', { containers: [container('app', both)] }),
        wanting(both),
      )
      expect(message.split('\n')).toHaveLength(2)
    })
  })

  describe('Identical is no conflict.', () => {
    const wants = {
      lifecycle: 'regular',
      volumes: [{ name: 'logs', emptyDir: {} }],
      containers: [container('ship', { ...port(80), ...logs('/logs') })],
      appContainers: [{ select: 'all', env: [{ name: 'A', value: '1' }], ...logs('/logs') }],
    }
    const has = {
      containers: [
        container('app', { env: [{ name: 'A', value: '1' }], ...logs('/logs') }),
        container('ship', { ...port(80), ...logs('/logs') }),
      ],
      volumes: [{ name: 'logs', emptyDir: {} }],
    }

    it('with what the Pod has', () => {
      const pod = podAsking('logging', has)
      const injected = injectInto(pod, profilesOf({ logging: wants }))
      expect(injected.spec).toEqual(pod.spec)
    })

    it('among profiles, which share it', () => {
      const both = profilesOf({ one: wants, two: wants })
      const { spec } = injectInto(podAsking('one,two'), both)
      expect(spec).toEqual(injectInto(podAsking('one'), both).spec)
    })

    it('within one profile, of whose alternatives two hold', () => {
      const twice = { ...container('ship'), when: 'true' }
      const { spec } = injectInto(
        podAsking('logging'),
        profilesOf({ logging: { containers: [twice, twice] } }),
      )
      expect(names(spec?.initContainers)).toEqual(['ship'])
    })
  })

  describe('two profiles fight', () => {
    it.each([
      {
        what: 'over a container',
        one: { containers: [container('ship')] },
        two: { containers: [container('ship', { image: 'other' })] },
        says: 'profile two: container "ship" is in use by profile one for something else',
      },
      {
        what: 'over a name in both lists',
        one: { containers: [container('ship')] },
        two: { initContainers: [container('ship')] },
        says: 'profile two: container "ship" is in use by profile one for something else',
      },
      {
        what: 'over a volume',
        one: { volumes: [{ name: 'logs', emptyDir: {} }] },
        two: { volumes: [{ name: 'logs', emptyDir: { medium: 'Memory' } }] },
        says: 'profile two: volume "logs" is in use by profile one for something else',
      },
      {
        what: 'over a mount path',
        one: {
          volumes: [{ name: 'a', emptyDir: {} }],
          appContainers: [{ select: 'all', ...logs('/logs', 'a') }],
        },
        two: {
          volumes: [{ name: 'b', emptyDir: {} }],
          appContainers: [{ select: 'all', ...logs('/logs', 'b') }],
        },
        says: 'profile two: container "app" mounts volume "a" at /logs for profile one',
      },
    ])('$what', ({ one, two, says }) => {
      const denied = decideOn(podAsking('one,two'), profilesOf({ one, two }))
      expect(denied).toMatchObject({ outcome: 'denied', reason: 'Conflict', message: says })
      const kept = decideOn(podAsking('one,two'), profilesOf({ one, two: { ...two, onConflict: 'keep' } }))
      expect(kept).toMatchObject({
        outcome: 'injected',
        warnings: [says.replace('profile two: ', 'profile two is skipped: ')],
      })
    })
  })

  describe('`adopt` uses the volume that an app container already mounts at that path instead of a new one.', () => {
    it('for the sidecar and for the other app containers', () => {
      const profiles = profilesOf({
        logging: {
          volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/var/log/nginx' } }],
          containers: [container('ship', logs('/logs'))],
          appContainers: [{ select: 'all', ...logs('/var/log/nginx') }],
        },
      })
      const web = container('web', logs('/var/log/nginx/', 'cache'))
      const pod = podAsking('logging', {
        containers: [container('app'), web],
        volumes: [{ name: 'cache', emptyDir: {} }],
      })
      const { spec } = injectInto(pod, profiles)
      expect(spec).toEqual({
        containers: [container('app', logs('/var/log/nginx', 'cache')), web],
        initContainers: [container('ship', { ...logs('/logs', 'cache'), restartPolicy: 'Always' })],
        volumes: [{ name: 'cache', emptyDir: {} }],
      })
    })
  })

  describe('`deny` refuses the Pod, `keep` leaves the profile out; both name both sides.', () => {
    it.each(clashes)('$what', ({ wants, has, says }) => {
      const pod = podAsking('logging', has)
      expect(decideOn(pod, profilesOf({ logging: { ...wants, onConflict: 'deny' } })).message).toBe(
        `profile logging: ${says}`,
      )
      const keeping = profilesOf({ logging: { ...wants, onConflict: 'keep' } })
      expect(decideOn(pod, keeping)).toMatchObject({
        outcome: 'skipped',
        reason: 'Conflict',
        message: `profile logging: ${says}`,
        warnings: [`profile logging is skipped: ${says}`],
        patch: [],
      })
      expectToHave(pod, has)
    })
  })

  it("Env: the Pod's own wins.", () => {
    const giving = {
      appContainers: [
        {
          select: 'all',
          env: [
            { name: 'A', value: 'ours' },
            { name: 'B', value: 'ours' },
          ],
        },
      ],
    }
    const pod = podAsking('logging', {
      containers: [container('app', { env: [{ name: 'A', value: 'own' }] })],
    })
    for (const onConflict of ['deny', 'keep']) {
      const profiles = profilesOf({ logging: { ...giving, onConflict } })
      expect(decideOn(pod, profiles)).toMatchObject({
        outcome: 'injected',
        warnings: [
          'profile logging: container "app" already sets A in its own env; it stays, and the value of profile logging is not used',
        ],
      })
      expect(injectInto(pod, profiles).spec?.containers?.[0]?.env).toEqual([
        { name: 'A', value: 'own' },
        { name: 'B', value: 'ours' },
      ])
    }
  })
})
