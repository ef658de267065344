import { beforeAll, expect, it, type TestContext } from 'vitest'
import { type Api, apiAt } from '../../src/cluster/api/api.ts'
import { lead } from '../../src/cluster/leader.ts'
import { watchNamespaces } from '../../src/cluster/namespaces.ts'
import { profilePaths, watchProfiles } from '../../src/cluster/profile/profiles.ts'
import type { ApiServer } from './apiserver.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import {
  answer,
  cut,
  drop,
  events,
  type Fault,
  freeze,
  type MisbehavingProxy,
  startProxy,
  toLists,
  toWatches,
} from './proxy.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

// Everything is faster than in earnest: a watch lasts 2 s instead of 27, and the first retry waits 20 ms.
const watchMs = 2_000
const backoff = { firstMs: 20, mostMs: 200 }

const status = (code: number, reason: string) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason })
const expired = status(410, 'Expired')

/** What goes wrong, and whether what is followed stays true nevertheless. */
interface Case {
  readonly what: string
  readonly fault: Fault
  readonly harmless?: true
}

const cases: readonly Case[] = [
  {
    what: 'answers 429 and asks to be left alone',
    fault: answer(429, 'slow down', { 'content-type': 'text/plain', 'retry-after': '1' }),
  },
  { what: 'answers 500', fault: answer(500, status(500, 'InternalError')) },
  { what: 'answers 503 without a body', fault: answer(503) },
  { what: 'answers 401, as with a token that has expired', fault: answer(401, status(401, 'Unauthorized')) },
  { what: 'ends connections without an answer', fault: drop },
  { what: 'ends connections in the middle of an answer', fault: cut(120, 'connection') },
  { what: 'cuts answers off', fault: cut(120, 'body') },
  {
    what: 'answers with HTML and 200',
    fault: answer(200, '<html>Log in</html>', { 'content-type': 'text/html' }),
  },
  { what: 'answers lists with an empty object', fault: toLists(answer(200, '{}')) },
  { what: 'says that every version is too old', fault: answer(410, expired) },
  {
    what: 'says in every watch that the version is too old',
    fault: toWatches(answer(200, `{"type":"ERROR","object":${expired}}\n`)),
    harmless: true,
  },
  { what: 'closes watches at once', fault: toWatches(answer(200)), harmless: true },
  { what: 'breaks watches at once', fault: toWatches(cut(0, 'connection')), harmless: true },
  { what: 'lets watches freeze', fault: toWatches(freeze), harmless: true },
  { what: 'answers late', fault: ({ forward }) => void setTimeout(forward, 150), harmless: true },
  {
    what: 'gives no bookmarks',
    fault: events(event => (event.type === 'BOOKMARK' ? [] : [event])),
    harmless: true,
  },
  {
    what: 'is newer, and says more than is known',
    fault: events(event => [
      { type: 'SYNCED', object: { kind: 'Future', metadata: { name: 'x', resourceVersion: '1' } } },
      { ...event, seq: 1, object: { ...event.object, future: { a: [null] } } },
    ]),
    harmless: true,
  },
  {
    what: 'has no metadata by itself, and gives whole objects',
    fault: ({ forward }) => forward({ accept: 'application/json' }),
    harmless: true,
  },
  {
    what: 'has no metadata by itself, and refuses to give it',
    fault: call =>
      call.request.headers.accept?.includes('as=Partial')
        ? answer(406, status(406, 'NotAcceptable'))(call)
        : call.forward(),
    harmless: true,
  },
]

describeWithApiServer('what follows an API server that', server => {
  beforeAll(() => installCustomResources(server()))

  it.concurrent.for(cases)('$what', async ({ what, fault, harmless }, test) => {
    const { expect } = test
    const own = names(what)
    await create(server(), own.early)
    await create(server(), own.doomed)
    const proxy = await startProxy(server())
    const { known, agesMs, isComplete } = follow(proxy, test)
    let open = 0
    await until('all is listed, and watched', 10_000, async () => {
      open = 0
      proxy.watches(() => open++)
      return isComplete() && open === 4
    })
    const before = known(own)
    expect(before).toEqual({ namespaces: [own.doomed, own.early], profiles: [own.doomed, own.early] })

    proxy.misbehave(fault)
    proxy.watches(response => response.destroy())
    const asked = proxy.requests.length
    const watches = () => proxy.requests.slice(asked).filter(path => path.includes('watch=true'))
    if (harmless) await until('all is watched again', 10_000, async () => watches().length >= 4)
    await create(server(), own.late)
    await remove(server(), own.doomed)
    const after = { namespaces: [own.early, own.late], profiles: [own.early, own.late] }
    const knowsAfter = async () => JSON.stringify(known(own)) === JSON.stringify(after)
    const start = performance.now()
    if (harmless) await until('the truth is known', 20_000, knowsAfter)
    else {
      await until(
        'the API server was not heard of for a while',
        10_000,
        async () => Math.min(...agesMs()) > 800,
      )
      expect(known(own), 'the last known state serves on').toEqual(before)
    }
    const seconds = (performance.now() - start) / 1_000
    // Four lists with their watches; after 20, 40, 80 and 160 ms each asks some five times in a second.
    expect(proxy.requests.length - asked, 'nothing spins').toBeLessThan(4 * 2 * (6 + 6 * seconds))

    proxy.behave()
    await until('the truth is known', 20_000, knowsAfter)
    const behavesSince = proxy.requests.length
    await until('each informer watches again', 10_000, async () => {
      const again = proxy.requests.slice(behavesSince).filter(path => path.includes('watch=true'))
      return new Set(again.map(path => path.slice(0, path.indexOf('?')))).size === 4
    })
  })

  it.concurrent.for([
    { what: 'freezes', fault: freeze },
    { what: 'ends connections without an answer', fault: drop },
    { what: 'answers 503 without a body', fault: answer(503) },
  ])('$what: a leader leads no longer before another one does', async ({ what, fault }, test) => {
    const { expect, onTestFinished } = test
    const proxy = await startProxy(server())
    const stopping = new AbortController()
    onTestFinished(() => {
      stopping.abort()
      proxy.stop()
    })
    const run = (identity: string, api: Api) =>
      lead(api, {
        ...{ leaseMs: 1_000, renewMs: 600, retryMs: 100 },
        ...{ namespace: 'default', name: names(what).prefix, identity },
        failed: () => {},
        signal: stopping.signal,
      })
    const first = run('first', apiAt(proxy.access))
    await until('the first one leads', 10_000, async () => first.isLeader())
    const second = run('second', apiFor(server()))
    proxy.misbehave(fault)
    const asked = proxy.requests.length
    const start = performance.now()
    await until('the second one leads', 20_000, async () => {
      expect(first.isLeader() && second.isLeader(), 'two lead').toBe(false)
      return second.isLeader()
    })
    const seconds = (performance.now() - start) / 1_000
    // It asks again after 100 ms.
    expect(proxy.requests.length - asked, 'nothing spins').toBeLessThan(20 + 20 * seconds)
    proxy.behave()
    const before = proxy.requests.length
    await until('the first one asks again', 10_000, async () => proxy.requests.length > before + 1)
    expect([first.isLeader(), second.isLeader()]).toEqual([false, true])
  })
})

/** The names of one test: what was there before the fault, what goes and what comes meanwhile. */
function names(what: string) {
  const prefix = `${what.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`.slice(0, 40)
  return { prefix, early: `${prefix}-1`, doomed: `${prefix}-0`, late: `${prefix}-2` }
}

/** The namespaces and the profiles that a server knows behind the proxy. */
function follow(proxy: MisbehavingProxy, { onTestFinished }: TestContext) {
  const stopping = new AbortController()
  onTestFinished(() => {
    stopping.abort()
    proxy.stop()
  })
  const api = apiAt(proxy.access)
  const options = { failed: () => {}, signal: stopping.signal, backoff, watchMs }
  const namespaces = watchNamespaces(api, options)
  const profiles = watchProfiles(api, { ...options, home: 'pillion', changed: () => {} })
  const followed = [namespaces, profiles]
  return {
    isComplete: () => followed.every(each => each.isComplete()),
    agesMs: () => followed.map(each => each.ageMs()),
    known: ({ early, doomed, late }: ReturnType<typeof names>) => ({
      namespaces: [doomed, early, late].filter(name => 'team' in namespaces.find(name).labels),
      profiles: [doomed, early, late].filter(name => profiles.current().profiles.find(name, 'default')),
    }),
  }
}

const profileOf = (name: string) => ({
  apiVersion: 'pillion.dev/v1alpha1',
  kind: 'ClusterSidecarProfile',
  metadata: { name },
  spec: { containers: [{ name, image: 'busybox' }] },
})

async function create(server: ApiServer, name: string): Promise<void> {
  await server.createNamespace(name, { labels: { team: name } })
  const { status, body } = await server.request('POST', profilePaths.ClusterSidecarProfile, profileOf(name))
  expect(status, JSON.stringify(body)).toBe(201)
}

/** A namespace goes when its finalizers do, which a controller would see to. */
async function remove(server: ApiServer, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`
  await server.request('DELETE', path)
  const { body } = await server.request<{ spec: object }>('GET', path)
  const finalized = await server.request('PUT', `${path}/finalize`, { ...body, spec: { finalizers: [] } })
  expect(finalized.status).toBe(200)
  expect((await server.request('DELETE', `${profilePaths.ClusterSidecarProfile}/${name}`)).status).toBe(200)
}
