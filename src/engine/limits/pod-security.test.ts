import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { metered } from '../../limits/budget.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { decideOn, namespace, podAsking, podOf, profileOf, withRevisions } from '../decide.fixture.ts'
import type { Strings } from '../pod.ts'

const own = 'pillion.dev/sidecar-profiles'
const enforce = 'pod-security.kubernetes.io/enforce'

const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** One container, whose security context is what each Pod asks for. */
const spec = {
  parameters: {
    port: { type: 'integer', default: 0, minimum: 0 },
    mighty: { type: 'boolean', default: false },
    profile: { type: 'string', default: 'RuntimeDefault' },
    path: { type: 'string', default: '' },
  },
  lifecycle: 'auto',
  containers: [
    {
      name: 'tap',
      image: 'tap:3',
      ports: [{ containerPort: 99, hostPort: '$(params.port)' }],
      securityContext: {
        ...restricted,
        privileged: '$(params.mighty)',
        allowPrivilegeEscalation: '$(params.mighty)',
        seccompProfile: { type: '$(params.profile)' },
      },
    },
  ],
  volumes: [{ name: 'node', when: "params.path != ''", hostPath: { path: '$(params.path)' } }],
}

const profileIn = (namespace: string | undefined, spec: JsonObject) =>
  profileOf({
    kind: namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
    metadata: { name: 'tap', ...(namespace !== undefined && { namespace }) },
    spec,
  })

function decided(
  asked: Strings,
  labels: Strings,
  { isCluster = false, podSpec = {}, of = spec as JsonObject } = {},
) {
  const annotations = Object.fromEntries(
    Object.entries(asked).map(([key, value]) => [`pillion.dev/tap.${key}`, value]),
  )
  return decideOn(
    podAsking('tap', podSpec, annotations),
    collect([profileIn(isCluster ? undefined : 'bank', of)]).profiles,
    {
      namespace: { name: 'bank', labels, annotations: {} },
    },
  )
}

describe('what a SidecarProfile adds to a Pod', () => {
  const levels = ['privileged', 'baseline', 'restricted'] as const
  /** The level that counts, by the admin's label (rows) and by what the namespace enforces. */
  const effective = {
    none: { none: 'baseline', privileged: 'baseline', baseline: 'baseline', restricted: 'restricted' },
    privileged: {
      none: 'privileged',
      privileged: 'privileged',
      baseline: 'baseline',
      restricted: 'restricted',
    },
    baseline: { none: 'baseline', privileged: 'baseline', baseline: 'baseline', restricted: 'restricted' },
    restricted: {
      none: 'restricted',
      privileged: 'restricted',
      baseline: 'restricted',
      restricted: 'restricted',
    },
    nonsense: { none: 'baseline', privileged: 'baseline', baseline: 'baseline', restricted: 'restricted' },
  } as const
  const rows = Object.entries(effective).flatMap(([label, columns]) =>
    Object.entries(columns).map(([enforced, level]) => ({ label, enforced, level })),
  )

  it.each(rows)(
    'is judged by $level where the label says $label and the namespace enforces $enforced',
    ({ label, enforced, level }) => {
      const labels: Strings = {
        ...(label !== 'none' && { [own]: label }),
        ...(enforced !== 'none' && { [enforce]: enforced }),
      }
      const plain = { containers: [{ name: 'tap', image: 'tap:3' }] }
      const mighty = { containers: [{ name: 'tap', image: 'tap:3', securityContext: { privileged: true } }] }
      const allows = [
        decided({}, labels, { of: mighty }).outcome === 'injected',
        decided({}, labels, { of: plain }).outcome === 'injected',
        decided({}, labels).outcome === 'injected',
      ]
      const index = levels.indexOf(level)
      expect(allows).toEqual([index <= 0, index <= 1, true])
    },
  )

  it.each([
    { asked: { port: '99' }, says: 'container tap: ports[0].hostPort: host ports are not allowed' },
    {
      asked: { mighty: 'true' },
      says: 'container tap: securityContext.privileged: privileged containers are not',
    },
    {
      asked: { profile: 'Unconfined' },
      says: 'container tap: securityContext.seccompProfile.type: only RuntimeDefault',
    },
    { asked: { path: '/etc' }, says: 'volume node: hostPath: hostPath volumes are not allowed' },
  ])('is judged by the value that an expression gave: $says', ({ asked, says }) => {
    const { outcome, reason, message, patch } = decided(asked as unknown as Strings, {})
    expect({ outcome, reason, patch }).toEqual({ outcome: 'denied', reason: 'PodSecurity', patch: [] })
    expect(message).toContain(`profile tap: ${says}`)
    expect(message).toContain('by the Pod Security level baseline')
  })

  it('is judged with what a container inherits from its Pod', () => {
    const { runAsNonRoot: _, seccompProfile: __, ...securityContext } = restricted
    const of = { containers: [{ name: 'tap', image: 'tap:3', securityContext }] }
    const labels = { [enforce]: 'restricted' }
    const { runAsNonRoot, seccompProfile } = restricted
    const podSpec = { securityContext: { runAsNonRoot, seccompProfile } }
    expect(decided({}, labels, { of, podSpec }).outcome).toBe('injected')
    expect(decided({}, labels, { of }).message).toContain('securityContext.runAsNonRoot: must be true')
    expect(
      decided({}, labels, { of, podSpec: { securityContext: { ...podSpec.securityContext, runAsUser: 0 } } })
        .message,
    ).toContain('root')
  })

  it('is not judged when an admin wrote it for the cluster', () => {
    const labels = { [enforce]: 'restricted' }
    expect(decided({ mighty: 'true', path: '/' }, labels, { isCluster: true }).outcome).toBe('injected')
  })

  it('is judged with its annotations', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/tap'
    const of = { ...spec, pod: { annotations: { [key]: '$(params.profile)' } } }
    expect(decided({ profile: 'unconfined' }, {}, { of }).message).toContain(
      `, annotations["${key}"]: only runtime/default and localhost/* are allowed`,
    )
    expect(decided({ profile: 'runtime/default' }, { [own]: 'privileged' }, { of }).outcome).toBe('injected')
  })

  it('costs the more, the more there is to judge', () => {
    const cost = (names: string[], inits: string[], isCluster: boolean) => {
      const container = (name: string) => ({ name, image: 'a:1' })
      const [containers, initContainers] = [names.map(container), inits.map(container)]
      const of = { lifecycle: 'regular', containers, initContainers }
      return metered(() => decided({}, {}, { isCluster, of })).units
    }
    const forJudging = (names: string[], inits: string[]) =>
      cost(names, inits, false) - cost(names, inits, true)
    const one = forJudging(['a'], [])
    expect(one).toBeGreaterThan(cost(['a', 'b'], [], true) - cost(['a'], [], true))
    expect(forJudging(['a', 'b', 'c'], ['d', 'e'])).toBe(5 * one)
  })

  it('is named with three of its faults at most', () => {
    const container = (name: string) => ({ name, image: 'a:1', securityContext: { privileged: true } })
    const of = { containers: ['a', 'b', 'c', 'd', 'e'].map(container) }
    expect(decided({}, {}, { of }).message).toMatch(/container c: [^,]*, and 2 more; remove it, or ask/)
    const three = { containers: of.containers.slice(0, 3) }
    expect(decided({}, {}, { of: three }).message).toMatch(/container c: [^,]*; remove it, or ask/)
  })

  it('injects automatically only in its own namespace', () => {
    const automatic = profileIn('bank', { autoInject: {}, containers: [{ name: 'tap', image: 'tap:3' }] })
    const outcomeIn = (name: string) =>
      decideOn(podOf(), collect([automatic]).profiles, { namespace: { name, labels: {}, annotations: {} } })
        .outcome
    expect([outcomeIn('bank'), outcomeIn('shop')]).toEqual(['injected', 'skipped'])
  })
})

it('holds for an earlier revision that a Pod pins, which was accepted when the namespace allowed it', () => {
  const [now, earlier] = [false, true].map(privileged =>
    collect([
      profileIn('shop', { containers: [{ name: 'tap', image: 'tap:3', securityContext: { privileged } }] }),
    ]),
  ) as [ReturnType<typeof collect>, ReturnType<typeof collect>]
  const { revision } = earlier.profiles.all[0]!
  const profiles = withRevisions(now.profiles, { kept: [earlier.profiles] })
  const pod = podAsking('tap', {}, { 'pillion.dev/tap.revision': revision })
  const decidedIn = (level: string) =>
    decideOn(pod, profiles, { namespace: { ...namespace, labels: { [own]: level } } })
  expect(decidedIn('privileged').outcome).toBe('injected')
  expect(decidedIn('baseline')).toMatchObject({ outcome: 'denied', reason: 'PodSecurity' })
})
