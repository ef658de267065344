import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { limits } from '../limits/limits.ts'
import { collect } from '../profile/accept/profiles.ts'
import { accepted, clusterProfile } from '../profile/profile.fixture.ts'
import type { Profile } from '../profile/profile.ts'
import { recentProfiles } from './recent-profiles.ts'
import { asking, loggingProfile, mutate, replaceFile, reviewOf, startServer } from './server.fixture.ts'

const profile = (image: string) => accepted(clusterProfile({ containers: [{ name: 'a', image }] }))
const only = (image: string) => collect([profile(image)]).profiles

describe('recentProfiles', () => {
  it('remembers what was replaced for a minute', () => {
    let now = 0
    const recent = recentProfiles(only('a:1'), () => now)
    recent.update(only('a:2'))
    const earlier = () => recent.current().earlier?.(profile('a:2'), profile('a:1').revision)?.revision
    expect(recent.current().all[0]?.revision).toBe(profile('a:2').revision)
    expect(earlier()).toBe(profile('a:1').revision)
    now = 60_001
    expect(earlier()).toBeUndefined()
  })

  it('forgets nothing when the time of day jumps', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const recent = recentProfiles(only('a:1'))
    recent.update(only('a:2'))
    vi.setSystemTime(Date.now() + 3_600_000)
    const { revision } = profile('a:1')
    expect(recent.current().earlier?.(profile('a:2'), revision)?.revision).toBe(revision)
  })

  it('remembers so many of a namespace at most, the latest, whatever one namespace replaces', () => {
    const own = (namespace: string, image: string) =>
      accepted({
        ...clusterProfile({ containers: [{ name: 'a', image }] }),
        kind: 'SidecarProfile',
        metadata: { name: 'side', namespace },
      })
    const [quiet, loud] = [own('quiet', 'q:1'), (round: number) => own('loud', `l:${round}`)]
    const recent = recentProfiles(collect([quiet, loud(0)]).profiles, () => 0)
    recent.update(collect([own('quiet', 'q:2'), loud(1)]).profiles)
    const rounds = limits.replacedProfiles + 20
    for (let round = 2; round <= rounds; round++)
      recent.update(collect([own('quiet', 'q:2'), loud(round)]).profiles)
    const isKnown = (profile: Profile) => recent.current().earlier?.(profile, profile.revision) !== undefined
    expect(isKnown(quiet)).toBe(true)
    expect(isKnown(loud(rounds - 1))).toBe(true)
    const known = Array.from({ length: rounds }, (_, round) => loud(round)).filter(isKnown)
    expect(known).toHaveLength(limits.replacedProfiles)
  })

  it('tells of the next change, and does not wait for ever', async () => {
    const recent = recentProfiles(only('a:1'))
    const change = recent.nextChange(60_000)
    recent.update(only('a:2'))
    await change
    await recent.nextChange(1)
  })

  it('tells more reviews than may wait, because one that gave way listens a little longer', async () => {
    const warnings: Error[] = []
    const keep = (warning: Error) => warnings.push(warning)
    process.on('warning', keep)
    onTestFinished(() => void process.off('warning', keep))
    const recent = recentProfiles(only('a:1'))
    const told = Array.from({ length: limits.waitingReviews * 2 }, () => recent.nextChange(60_000))
    recent.update(only('a:2'))
    await Promise.all(told)
    await setImmediate()
    expect(warnings).toEqual([])
  })
})

describe('a server whose profile changes between two calls for one Pod', () => {
  const edited = loggingProfile.replace('logging:1', 'logging:2')

  /** The annotations and init containers that a server gives. */
  async function injected(profile: string) {
    const server = await startServer()
    await replaceFile(server.files.profile, profile)
    for (;;) {
      const { body } = await mutate(server, reviewOf(asking))
      const { patch = '' } = body['response'] as { patch?: string }
      const text = Buffer.from(patch, 'base64').toString()
      if (text.includes(profile === edited ? 'logging:2' : 'logging:1'))
        return JSON.parse(text) as Operation[]
    }
  }

  interface Operation {
    readonly path: string
    readonly value: unknown
  }

  /** A review of the Pod as the operations made it. */
  function again(operations: readonly Operation[]): object {
    const status = operations.find(({ path }) => path.endsWith('pillion.dev~1status'))?.value
    const review = reviewOf({ ...asking, 'pillion.dev/status': String(status) }) as {
      request: { object: { spec: object } }
    }
    const initContainers = operations.find(({ path }) => path.startsWith('/spec/initContainers'))?.value
    Object.assign(review.request.object.spec, { initContainers: [initContainers].flat() })
    return review
  }

  it('leaves the Pod as the first call made it', async () => {
    const server = await startServer()
    const first = await injected(loggingProfile)
    await replaceFile(server.files.profile, edited)
    await mutate(server, reviewOf(asking))
    const { body } = await mutate(server, again(first))
    expect(body['response']).toMatchObject({ allowed: true })
  })

  it('waits for what another replica had already', async () => {
    const ahead = await injected(edited)
    const server = await startServer()
    const answer = mutate(server, again(ahead))
    await replaceFile(server.files.profile, edited)
    expect((await answer).body['response']).toMatchObject({ allowed: true })
  })

  it('does not wait for ever for what nobody has', async () => {
    const ahead = await injected(edited)
    const server = await startServer()
    expect((await mutate(server, again(ahead))).body['response']).toMatchObject({ allowed: false })
  })
})
