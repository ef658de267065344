import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, olderCluster, podAsking, profilesOf } from '../decide.fixture.ts'

const three = {
  containers: [
    container('app', { tty: true }),
    container('web', { ports: [{ containerPort: 80 }] }),
    container('db', { image: 'postgres:18' }),
  ],
}

/** The containers that got the variable, and its value. */
function marked(profile: JsonObject, spec: JsonObject = three, annotations = {}, circumstances = {}) {
  const pod = podAsking('mark', spec, annotations)
  const injected = injectInto(pod, profilesOf({ mark: profile }), circumstances)
  return (injected.spec?.containers ?? []).flatMap(({ name, env = [] }) =>
    env.map(variable => `${name}: ${variable['value']}`),
  )
}

const marking = (select: string | string[], value = 'x') => ({
  appContainers: [{ select, env: [{ name: 'MARK', value }] }],
})

describe('select', () => {
  it.each([
    { select: 'all', gets: ['app: x', 'web: x', 'db: x'] },
    { select: 'first', gets: ['app: x'] },
    { select: ['db', 'app'], gets: ['app: x', 'db: x'] },
    { select: ['no-such'], gets: [] },
    { select: [], gets: [] },
    { select: 'container.image.startsWith("postgres:")', gets: ['db: x'] },
    {
      select: 'has(container.ports) && container.ports.exists(p, p.containerPort + 1 == 81)',
      gets: ['web: x'],
    },
    { select: 'container.?tty.orValue(false)', gets: ['app: x'] },
    { select: 'size(pod.spec.containers) > 3', gets: [] },
  ])('$select', ({ select, gets }) => {
    expect(marked(marking(select))).toEqual(gets)
  })

  it('refuses the Pod when the expression cannot be evaluated for one of its containers', () => {
    expect(decideOn(podAsking('mark', three), profilesOf({ mark: marking('container.tty') }))).toMatchObject({
      outcome: 'denied',
      reason: 'RequirementNotMet',
      message: expect.stringMatching(
        /^profile mark cannot be applied to this Pod: spec\.appContainers.*container\.tty/,
      ),
    })
  })

  it('refuses the Pod when the expression gives no bool', () => {
    const { message } = decideOn(podAsking('mark', three), profilesOf({ mark: marking('container.image') }))
    expect(message).toMatch(/container\.image is not true or false/)
  })

  it('lets several entries change one container', () => {
    const profile = {
      appContainers: [
        { select: 'all', env: [{ name: 'A', value: 'a' }] },
        { select: 'first', env: [{ name: 'B', value: 'b' }] },
      ],
    }
    expect(marked(profile)).toEqual(['app: a', 'app: b', 'web: a', 'db: a'])
  })

  it('takes the default container for the first', () => {
    const annotations = { 'kubectl.kubernetes.io/default-container': 'web' }
    expect(marked(marking('first'), three, annotations)).toEqual(['web: x'])
    expect(marked(marking('first'), three, { 'kubectl.kubernetes.io/default-container': 'gone' })).toEqual([
      'app: x',
    ])
  })

  it('never selects an injected container', () => {
    const profile = { ...marking('all'), lifecycle: 'regular', containers: [container('ship')] }
    expect(marked(profile)).toEqual(['app: x', 'web: x', 'db: x'])
    const again = injectInto(podAsking('mark', three), profilesOf({ mark: profile }))
    expect(decideOn(again, profilesOf({ mark: profile })).patch).toEqual([])
  })

  it('never selects a regular sidecar that another profile injects', () => {
    const profiles = profilesOf({ mark: marking('all'), logging: { containers: [container('ship')] } })
    const older = { cluster: olderCluster }
    const half = injectInto(podAsking('logging', three), profiles, older)
    const annotations = { ...half.metadata?.annotations, 'pillion.dev/inject': 'mark,logging' }
    const { spec } = injectInto({ ...half, metadata: { ...half.metadata, annotations } }, profiles, older)
    expect(spec?.containers?.find(({ name }) => name === 'ship')).toEqual(container('ship'))
  })
})

describe('expressions in an app container', () => {
  it('see that container', () => {
    expect(marked(marking('all', 'I am $(container.name)'))).toEqual([
      'app: I am app',
      'web: I am web',
      'db: I am db',
    ])
  })

  it('see the first selected container as `app`, elsewhere too', () => {
    const profiles = profilesOf({
      mark: { ...marking(['db']), containers: [container('ship', { args: ['$(app.name)'] })] },
    })
    expect(injectInto(podAsking('mark', three), profiles).spec?.initContainers?.[0]).toMatchObject({
      args: ['db'],
    })
  })

  it('see the first app container as `app` where a profile selects none', () => {
    const profiles = profilesOf({ mark: { containers: [container('ship', { args: ['$(app.name)'] })] } })
    expect(injectInto(podAsking('mark', three), profiles).spec?.initContainers?.[0]).toMatchObject({
      args: ['app'],
    })
    expect(
      injectInto(
        podAsking('mark', three),
        profilesOf({ mark: { ...marking([]), containers: [container('ship', { args: ['$(app.name)'] })] } }),
      ).spec?.initContainers?.[0],
    ).toMatchObject({ args: ['app'] })
  })

  it('see an empty `app` in a Pod without containers', () => {
    const profiles = profilesOf({ mark: { pod: { labels: { app: '$(app.?name.orValue("none"))' } } } })
    expect(
      injectInto({ metadata: podAsking('mark').metadata!, spec: {} }, profiles).metadata?.labels,
    ).toEqual({ app: 'none' })
  })

  it('see the Pod as its author submitted it, also on a second call', () => {
    const profiles = profilesOf({
      mark: {
        lifecycle: 'regular',
        containers: [container('ship', { args: ['$(size(pod.spec.containers))'] })],
        ...marking('all', '$(size(container.?env.orValue([])))'),
      },
    })
    const once = injectInto(podAsking('mark', three), profiles)
    expect(once.spec?.containers?.[3]).toMatchObject({ args: ['3'] })
    expect(decideOn(once, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })
})
