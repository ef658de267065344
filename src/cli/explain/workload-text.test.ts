import { expect, it } from 'vitest'
import {
  container,
  injectInto,
  namespace,
  podAsking,
  profilesOf,
  withRevisions,
} from '../../engine/decide.fixture.ts'
import type { Pod } from '../../engine/pod.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { injectedInto, workloadText } from './workload-text.ts'

const version = (image: string) => profilesOf({ logging: { containers: [container('logging', { image })] } })
const [old, stable, next] = ['a:1', 'a:2', 'a:3'].map(version) as [Profiles, Profiles, Profiles]
const [wasOld, isStable, isNext] = [old, stable, next].map(({ all }) => all[0]!.revision)
const rolling = (percent: number) => withRevisions(stable, { next, share: { percent }, kept: [old] })

/** What explain says was injected into a Pod. */
function said(pod: Pod, profiles: Profiles, areComplete = true): string | undefined {
  const carried = injectedInto(pod, namespace, { profiles, areComplete })
  const pods = [{ name: 'cart', carried }]
  const text = workloadText({
    ...{ kind: 'Pod', name: 'cart', namespace: 'shop', server: [], mistakes: [], known: [], notes: [] },
    pods,
  })
  return /^ {2}cart: (.*)$/m.exec(text)?.[1]
}

const pinning = (pod: Pod, revision = ''): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    annotations: { ...pod.metadata?.annotations, 'pillion.dev/logging.revision': revision },
  },
})

it.each([
  { why: 'it has what it would get', from: stable, of: stable, says: `logging@${isStable}` },
  { why: 'the profile has changed', from: old, of: stable, says: `logging@${wasOld} (now ${isStable})` },
  {
    why: 'its workload is in the canary',
    from: stable,
    of: rolling(100),
    says: `logging@${isStable} (now ${isNext}, canary)`,
  },
  { why: 'it has the canary', from: next, of: rolling(100), says: `logging@${isNext} (canary)` },
  { why: 'its workload is outside', from: stable, of: rolling(0), says: `logging@${isStable}` },
  {
    why: 'it pins what it has',
    from: old,
    pin: wasOld,
    of: rolling(100),
    says: `logging@${wasOld} (pinned)`,
  },
  {
    why: 'it pins what is gone',
    from: old,
    pin: '0123456789',
    of: rolling(100),
    says: `logging@${wasOld} (pins a revision that does not exist)`,
  },
  {
    why: 'the profile is gone',
    from: old,
    of: profilesOf({}),
    says: `logging@${wasOld} (this profile does not exist any more)`,
  },
])('a Pod is explained by its revision and the one that is due: $why', ({ from, pin, of, says }) => {
  const pod = injectInto(podAsking('logging'), from)
  expect(said(pin === undefined ? pod : pinning(pod, pin), of)).toBe(says)
})

it('a profile that cannot be read is not called gone', () => {
  const pod = injectInto(podAsking('logging'), old)
  expect(said(pod, profilesOf({}), false)).toBe(`logging@${wasOld} (this profile is not readable)`)
})
