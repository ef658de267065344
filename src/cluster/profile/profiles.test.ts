import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { Acceptance } from '../../profile/accept/acceptance.ts'
import { answerJson, event, fail, openWatch, startApi } from '../api/api.fixture.ts'
import { type WatchProfilesOptions, watchProfiles } from './profiles.ts'

const eventually = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 30_000, interval: 5 })

function profile(namespace: string, name: string, image = 'agent:1', version = 1): JsonObject {
  const metadata = {
    namespace,
    name,
    uid: `${namespace}/${name}`,
    generation: version,
    resourceVersion: `${version}`,
  }
  return { metadata, spec: { containers: [{ name: 'agent', image }] } }
}

/** A profile that takes a few milliseconds to compile. */
function expensive(namespace: string, name: string): JsonObject {
  const { metadata } = profile(namespace, name)
  const env = Array.from({ length: 40 }, (_, i) => ({
    name: `E${i}`,
    value: `$(string(${i} + pod.spec.containers.size()))`,
  }))
  return { metadata, spec: { containers: [{ name: 'agent', image: 'agent:1', env }] } }
}

async function following(items: readonly JsonObject[], more: Partial<WatchProfilesOptions> = {}) {
  const list = { kind: 'SidecarProfileList', metadata: { resourceVersion: '10' } }
  let watch: ServerResponse | undefined
  const fake = await startApi({
    list: (response, request) =>
      answerJson({ ...list, items: request.url?.includes('/sidecarprofiles') ? items : [] })(
        response,
        request,
      ),
    watch(response, request) {
      if (request.url?.includes('/sidecarprofiles')) watch = response
      openWatch(response, request)
    },
    version: fail(404),
  })
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const heard: Acceptance[] = []
  const failed = vi.fn<(reason: string) => void>()
  const followed = watchProfiles(fake.api, {
    changed: acceptance => heard.push(acceptance),
    failed,
    home: 'pillion',
    signal: stopping.signal,
    backoff: { firstMs: 1, mostMs: 4 },
    ...more,
  })
  return { fake, followed, heard, failed, watch: () => watch }
}

describe('watchProfiles', { timeout: 60_000 }, () => {
  it('lets other work run while it compiles, and is complete only after all profiles', async () => {
    const items = Array.from({ length: 300 }, (_, i) => expensive(`ns-${i % 10}`, `p-${i}`))
    const { followed, heard } = await following(items)
    await eventually(() => expect(followed.missing()).toBe('the profiles are not compiled yet'))
    let turns = 0
    while (!followed.isComplete()) {
      await turn()
      turns += 1
      if (!followed.isComplete()) expect(followed.missing()).toBeDefined()
    }
    // However fast this machine is: compiling all of them takes many slices.
    expect(turns).toBeGreaterThan(5)
    expect(heard).toHaveLength(1)
    expect(followed.missing()).toBeUndefined()
    expect(followed.current().profiles.all).toHaveLength(300)
  })

  it('says which kind is not listed, and why', async () => {
    const { fake, followed, failed } = await following([])
    expect(followed.missing()).toBe('the ClusterSidecarProfiles are not listed yet')
    for (let i = 0; i < 6; i++) fake.once('list', fail(403))
    await eventually(() => expect(failed).toHaveBeenCalled())
    expect(followed.missing()).toMatch(
      /^the (Cluster)?SidecarProfiles are not listed yet: 403: told to say 403$/,
    )
    await eventually(() => expect(followed.missing()).toBeUndefined())
  })

  it('is not complete before what it found was put to use, and tries again', async () => {
    let fails = 1
    const heard: number[] = []
    const changed = ({ profiles }: Acceptance) => {
      heard.push(profiles.all.length)
      if (fails-- > 0) throw new RangeError('hunter2')
    }
    const { followed, failed } = await following([profile('shop', 'a')], { changed })
    await eventually(() => expect(heard).toHaveLength(1))
    expect(followed.isComplete()).toBe(false)
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(heard).toEqual([1, 1])
    expect(failed.mock.calls).toEqual([['the profiles could not be used: RangeError']])
  })

  it('puts to use what labels allow that changed without any profile, once, and nothing when they allow the same', async () => {
    let labels: Readonly<Record<string, string>> | undefined
    const { metadata } = profile('shop', 'a')
    const container = { name: 'agent', image: 'agent:1', securityContext: { privileged: true } }
    const privileged = { metadata, spec: { containers: [container] } }
    const { followed, heard } = await following([privileged], { labelsOf: () => labels })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    const inUse = () => heard.map(({ profiles }) => profiles.all.length)
    labels = {}
    for (let i = 0; i < 100; i++) followed.lookAgain()
    await eventually(() => expect(inUse()).toEqual([1, 0]))
    labels = { team: 'shop' }
    followed.lookAgain()
    for (let i = 0; i < 20; i++) await turn()
    labels = { 'pillion.dev/sidecar-profiles': 'privileged' }
    followed.lookAgain()
    await eventually(() => expect(inUse()).toEqual([1, 0, 1]))
  })

  it('comes to the last state of each profile after a flood of changes by one namespace, with those of others', async () => {
    const loud = Array.from({ length: 50 }, (_, i) => profile('loud', `p-${i}`))
    const { followed, heard, watch } = await following(loud)
    await eventually(() => expect(followed.isComplete() && watch()).toBeTruthy())
    for (let round = 2; round < 22; round++)
      for (let i = 0; i < 50; i++)
        watch()?.write(event('MODIFIED', profile('loud', `p-${i}`, `agent:${round}`, round)))
    watch()?.write(event('ADDED', profile('quiet', 'side', 'agent:21', 100)))
    await eventually(() => {
      const { all } = followed.current().profiles
      expect(all).toHaveLength(51)
      expect(new Set(all.map(({ revision }) => revision)).size).toBe(1)
    })
    // Not once for each of the thousand changes.
    expect(heard.length).toBeLessThan(500)
  })
})
