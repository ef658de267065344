import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  answerJson,
  event,
  type FakeApi,
  fail,
  namespace,
  namespaceList,
  openWatch,
  startApi,
} from './api.fixture.ts'
import { followNamespaces } from './namespaces.ts'

const list = answerJson(namespaceList([namespace('shop', '1', { 'pillion.dev/inject': 'logging' })], '10'))
const answers = { list, watch: openWatch, version: fail(404) }
const eventually = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 20_000, interval: 5 })

function follow({ api }: FakeApi) {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const failed = vi.fn<(reason: string) => void>()
  const backoff = { firstMs: 1, mostMs: 4 }
  return {
    namespaces: followNamespaces(api, { failed, signal: stopping.signal, backoff }),
    failed,
    stopping,
  }
}

const lists = ({ requests }: FakeApi) => requests.filter(url => !url.includes('watch=true'))
const watches = ({ requests }: FakeApi) => requests.filter(url => url.includes('watch=true'))

/** A server and a follower that has listed, and watches. */
async function following() {
  const api = await startApi(answers)
  const followed = follow(api)
  await eventually(() => expect(watches(api)).toHaveLength(1))
  return { api, ...followed }
}

describe('followNamespaces', { timeout: 60_000 }, () => {
  it('knows labels and annotations of every namespace, and of an unknown one its name', async () => {
    const { namespaces } = await following()
    expect(namespaces.isComplete()).toBe(true)
    expect(namespaces.find('shop')).toEqual({
      name: 'shop',
      labels: { team: 'shop' },
      annotations: { 'pillion.dev/inject': 'logging' },
    })
    expect(namespaces.find('constructor')).toEqual({ name: 'constructor', labels: {}, annotations: {} })
  })

  it('is not complete before the last page', async () => {
    const api = await startApi(answers)
    const second = Promise.withResolvers<void>()
    api.once('list', answerJson(namespaceList([namespace('front', '2')], '9', 'more')))
    api.once('list', async (...call) => {
      await second.promise
      list(...call)
    })
    const { namespaces } = follow(api)
    await eventually(() => expect(lists(api)).toHaveLength(2))
    expect(lists(api)[1]).toContain('continue=more')
    expect(namespaces.isComplete()).toBe(false)
    second.resolve()
    await eventually(() => expect(namespaces.isComplete()).toBe(true))
    expect(namespaces.find('front').labels).toEqual({ team: 'front' })
  })

  it('hears of namespaces that come, change and go', async () => {
    const { api, namespaces } = await following()
    api.watch()?.write(event('ADDED', namespace('new', '11')))
    await eventually(() => expect(namespaces.find('new').labels).toEqual({ team: 'new' }))
    api.watch()?.write(event('MODIFIED', namespace('new', '12', { a: 'b' })))
    await eventually(() => expect(namespaces.find('new').annotations).toEqual({ a: 'b' }))
    api.watch()?.write(event('DELETED', namespace('new', '13')))
    await eventually(() => expect(namespaces.find('new').labels).toEqual({}))
  })

  it('goes on where it was when the API server ends the watch, without listing again', async () => {
    const { api, failed } = await following()
    expect(watches(api)[0]).toContain('resourceVersion=10')
    api.watch()?.end(event('BOOKMARK', namespace('', '42')))
    await eventually(() => expect(watches(api)).toHaveLength(2))
    expect(watches(api)[1]).toContain('resourceVersion=42')
    expect(lists(api)).toHaveLength(1)
    expect(failed).not.toHaveBeenCalled()
  })

  const gone = { apiVersion: 'v1', kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
  it.each<{ what: string; happens: (api: FakeApi) => void }>([
    { what: 'its version is too old', happens: api => api.watch()?.write(event('ERROR', gone)) },
    {
      what: 'the API server has an error',
      happens: api => api.watch()?.write(event('ERROR', { code: 500 })),
    },
    { what: 'the connection breaks', happens: api => api.watch()?.destroy() },
    {
      what: 'the next watch is refused',
      happens: api => {
        api.once('watch', fail(410))
        api.watch()?.end()
      },
    },
  ])('lists again when $what', async ({ happens }) => {
    const { api, namespaces, failed } = await following()
    api.once('list', answerJson(namespaceList([namespace('front', '50')], '51')))
    happens(api)
    await eventually(() => expect(namespaces.find('front').labels).toEqual({ team: 'front' }))
    expect(namespaces.find('shop').labels).toEqual({})
    await eventually(() => expect(watches(api).at(-1)).toContain('resourceVersion=51'))
    expect(failed).toHaveBeenCalledOnce()
  })

  it('never gives up, and serves what it knows meanwhile', async () => {
    const { api, namespaces, failed } = await following()
    for (const code of [500, 503, 401, 429, 500]) api.once('list', fail(code))
    api.watch()?.destroy()
    await eventually(() => expect(failed.mock.calls.length).toBeGreaterThanOrEqual(6))
    expect(namespaces.find('shop').labels).toEqual({ team: 'shop' })
    await eventually(() => expect(watches(api)).toHaveLength(2))
  })

  it('is not complete while the list is refused, and says why', async () => {
    const api = await startApi({ ...answers, list: fail(403) })
    const { namespaces, failed } = follow(api)
    await eventually(() => expect(failed.mock.calls.length).toBeGreaterThan(2))
    expect(namespaces.isComplete()).toBe(false)
    expect(failed.mock.calls[0]?.[0]).toBe('/api/v1/namespaces: 403: told to say 403')
  })

  it('stops with its signal', async () => {
    const { api, stopping, failed } = await following()
    const closed = vi.fn()
    api.watch()?.on('close', closed)
    stopping.abort()
    await eventually(() => expect(closed).toHaveBeenCalled())
    expect(failed).not.toHaveBeenCalled()
    expect(api.requests).toHaveLength(2)
  })
})
