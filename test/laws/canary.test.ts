import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { profilesOf } from '../../src/engine/decide.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { isInCanary } from '../../src/engine/revise/revise.ts'
import type { Profile } from '../../src/profile/profile.ts'

const profiles = profilesOf({ alpha: {}, beta: {} })
const [alpha, beta] = ['alpha', 'beta'].map(name => profiles.find(name, 'any')!) as [Profile, Profile]

/** A name as Kubernetes allows it. */
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,6}){0,3}$/)
const hash = fc.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/)
const percent = fc.integer({ min: 0, max: 100 })
const namespaceNamed = (of: string) => ({ name: of, labels: {}, annotations: {} })

/** The Pods of one workload: as they are sent, and as they run, after each restart with other names. */
type PodsOf = (name: string, hash: string, other: string) => readonly Pod[]

const controlled = (kind: string, owner: string, labels: { readonly [key: string]: string } = {}) => ({
  labels,
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, uid: owner, controller: true }],
})

/** The request has no name, and the Pod that runs has what the API server and the kubelet add. */
function sentAndRunning(metadata: object, generateName: string, ends: readonly string[]): readonly Pod[] {
  const running = ends.map(end => ({
    metadata: { ...metadata, generateName, name: `${generateName}${end}`, uid: end },
    spec: { nodeName: end },
    status: { phase: 'Running' },
  }))
  return [{ metadata: { ...metadata, generateName } }, ...running] as readonly Pod[]
}

const workloads: { readonly [what: string]: PodsOf } = {
  'a Deployment, also after a rollout of its own': (name, hash, other) =>
    [hash, other].flatMap(each =>
      sentAndRunning(
        controlled('ReplicaSet', `${name}-${each}`, { 'pod-template-hash': each }),
        `${name}-${each}-`,
        [hash, other],
      ),
    ),
  'a StatefulSet': (name, hash) =>
    [`${name}-0`, `${name}-1`].map(pod => ({
      metadata: { ...controlled('StatefulSet', name), name: pod, uid: hash },
    })),
  'a DaemonSet': (name, hash, other) =>
    sentAndRunning(controlled('DaemonSet', name), `${name}-`, [hash, other]),
  'a CronJob, in each of its Jobs': (name, hash, other) =>
    ['29112340', '29112400'].flatMap(minutes =>
      sentAndRunning(controlled('Job', `${name}-${minutes}`), `${name}-${minutes}-`, [hash, other]),
    ),
  'a bare Pod': name => [
    { metadata: { name } },
    { metadata: { name, uid: 'u' }, status: { phase: 'Running' } },
  ],
  'a bare Pod without a name': (name, hash, other) => sentAndRunning({}, `${name}-`, [hash, other]),
}

const isIn = (profile: Profile, share: number, pod: Pod, of = 'shop') =>
  isInCanary({ profile, percent: share }, { pod, namespace: namespaceNamed(of) })

describe('a canary by percentage', () => {
  it.each(Object.entries(workloads))('has all Pods of %s, or none of them', (_, podsOf) => {
    fc.assert(
      fc.property(name, hash, hash, percent, (name, hash, other, share) => {
        const answers = podsOf(name, hash, other).map(pod => isIn(alpha, share, pod))
        expect(answers.length).toBeGreaterThan(1)
        expect(new Set(answers).size).toBe(1)
      }),
    )
  })

  it('only grows when the percentage does', () => {
    fc.assert(
      fc.property(name, name, percent, percent, (name, of, one, other) => {
        const pod = { metadata: { name } }
        const [less, more] = [one, other].sort((a, b) => a - b) as [number, number]
        if (isIn(alpha, less, pod, of)) expect(isIn(alpha, more, pod, of)).toBe(true)
      }),
    )
  })

  it('has no workload at 0 %, and every workload at 100 %', () => {
    fc.assert(
      fc.property(name, name, (name, of) => {
        expect([0, 100].map(share => isIn(alpha, share, { metadata: { name } }, of))).toEqual([false, true])
      }),
    )
  })

  it('does not depend on the revision', () => {
    const [one, other] = ['1', '2'].map(image =>
      profilesOf({ alpha: { containers: [{ name: 'a', image }] } }),
    )
    fc.assert(
      fc.property(name, percent, (name, share) => {
        const [first, second] = [one, other].map(all =>
          isIn(all!.find('alpha', 'shop')!, share, { metadata: { name } }),
        )
        expect(first).toBe(second)
      }),
    )
  })

  // 10,000 workloads: the standard deviation of the share is 0.5 %, and nothing here is random.
  const many = Array.from({ length: 10_000 }, (_, i): { pod: Pod; of: string } => ({
    pod: { metadata: controlled('ReplicaSet', `app-${i}-5f4cf`, { 'pod-template-hash': '5f4cf' }) },
    of: `team-${i % 50}`,
  }))
  const shareOf = (isMember: (each: (typeof many)[number]) => boolean) => many.filter(isMember).length / 100

  it.each([1, 5, 10, 25, 30, 50, 60, 75, 90, 99])('has %i % of 10,000 workloads, within 2 %', share => {
    expect(Math.abs(shareOf(({ pod, of }) => isIn(alpha, share, pod, of)) - share)).toBeLessThan(2)
  })

  it.each([10, 30, 50, 80])('has other workloads for another profile: %i %', share => {
    const both = shareOf(({ pod, of }) => isIn(alpha, share, pod, of) && isIn(beta, share, pod, of))
    expect(Math.abs(both - (share * share) / 100)).toBeLessThan(2)
  })
})
