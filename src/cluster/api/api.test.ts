import { getEventListeners } from 'node:events'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  answerJson,
  event,
  type FakeApi,
  fail,
  namespace,
  namespaceList,
  openWatch,
  startApi,
} from './api.fixture.ts'
import { type Api, ApiFailure, describeError, succeeded, type WatchEvent } from './api.ts'

const path = '/api/v1/namespaces'

/** An API server that answers everything in one way. */
const answering = (answer: Answer) => startApi({ list: answer, watch: answer, version: answer })

/** An answer in bytes, its head and body as they are given. */
const saying =
  (body: string, headers: Record<string, string> = {}, status = 200): Answer =>
  response =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

/** Some of the body that was announced, and then the end of the connection. */
const breakingOff =
  (body: string): Answer =>
  response => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
    response.write(body, () => response.destroy())
  }

const silent: Answer = () => {}

describe('request', () => {
  it('gives the body, every field of it', async () => {
    const body = { kind: 'Namespace', spec: { unknown: { to: ['any', 'client', null] } } }
    const { api } = await answering(answerJson(body))
    const answer = await api.request('GET', path)
    expect(answer).toMatchObject({ ok: true, status: 200, body, warnings: [] })
  })

  it.each([
    { method: 'POST', given: undefined, sent: 'application/json' },
    { method: 'PUT', given: undefined, sent: 'application/json' },
    { method: 'PATCH', given: undefined, sent: 'application/merge-patch+json' },
    { method: 'PATCH', given: 'application/json-patch+json', sent: 'application/json-patch+json' },
  ] as const)('sends a $method as $sent', async ({ method, given, sent }) => {
    const { api } = await answering(async (response, request) => {
      const { 'content-type': type } = request.headers
      answerJson({ type: type ?? '', method: request.method ?? '', body: await json(request) })(
        response,
        request,
      )
    })
    const call = { body: { a: 'ü' }, ...(given && { contentType: given }) }
    expect(await api.request(method, path, call)).toMatchObject({
      body: { method, type: sent, body: { a: 'ü' } },
    })
  })

  it('escapes what a query holds, and leaves out what is undefined', async () => {
    const { api, requests } = await answering(answerJson({}))
    const query = { fieldSelector: 'metadata.name=a&b', dryRun: 'All', limit: undefined, force: true }
    await api.request('PATCH', path, { query, body: {} })
    expect(requests).toEqual([`${path}?fieldSelector=metadata.name%3Da%26b&dryRun=All&force=true`])
  })

  it.each<{ what: string; answer: Answer; refusal: object }>([
    {
      what: 'a Status',
      answer: answerJson({ kind: 'Status', reason: 'Conflict', message: 'has changed', code: 409 }, 409),
      refusal: { status: 409, reason: 'Conflict', message: 'has changed' },
    },
    {
      what: 'plain text, as of the filter for too many requests',
      answer: saying(
        'Too many requests,\nplease try again later.\n',
        { 'content-type': 'text/plain', 'retry-after': '2' },
        429,
      ),
      refusal: { status: 429, message: 'Too many requests, please try again later.', retryAfterMs: 2_000 },
    },
    {
      what: 'a Status that asks to be left alone',
      answer: answerJson({ kind: 'Status', message: 'slow', details: { retryAfterSeconds: 3 } }, 504),
      refusal: { status: 504, message: 'slow', retryAfterMs: 3_000 },
    },
    {
      what: 'a page of HTML',
      answer: saying('<html>Bad gateway</html>', { 'content-type': 'text/html' }, 502),
      refusal: { status: 502, message: 'Bad Gateway' },
    },
    {
      what: 'a page of HTML with 200',
      answer: saying('<html>Log in</html>', { 'content-type': 'text/html' }),
      refusal: { status: 200, message: 'the response is not a JSON object' },
    },
    {
      what: 'a redirection',
      answer: saying('', { location: '/elsewhere' }, 302),
      refusal: { status: 302, message: 'Found' },
    },
    {
      what: 'JSON that is cut off',
      answer: saying('{"items":[{"metadata":'),
      refusal: { status: 200, message: 'the response is not a JSON object' },
    },
    {
      what: 'a body whose end is missing',
      answer: breakingOff('{"items":['),
      refusal: { status: 0, message: 'the connection broke' },
    },
    {
      what: 'nothing but the end of the connection',
      answer: response => void response.destroy(),
      refusal: { status: 0, message: 'socket hang up' },
    },
  ])('gives $what as a refusal', async ({ answer, refusal }) => {
    const { api } = await answering(answer)
    const got = await api.request('GET', path)
    expect(got).toMatchObject({ ok: false, ...refusal })
    if (!('retryAfterMs' in refusal)) expect(got).not.toHaveProperty('retryAfterMs')
  })

  it('gives warnings as kubectl prints them', async () => {
    const warning = '299 - "unknown field \\"spec.volumeMount\\"", 299 - "größer als nötig"'
    const { api } = await answering(saying('{}', { warning: Buffer.from(warning).toString('latin1') }))
    expect(await api.request('GET', path)).toMatchObject({
      warnings: ['unknown field "spec.volumeMount"', 'größer als nötig'],
    })
  })

  it.each<{ what: string; answer: Answer }>([
    { what: 'is never answered', answer: silent },
    {
      what: 'is answered up to the middle',
      answer: response => void response.writeHead(200, { 'content-length': 100 }).write('{'),
    },
  ])('gives up on one that $what', async ({ answer }) => {
    const { api } = await answering(answer)
    expect(await api.request('GET', path, { timeoutMs: 50 })).toEqual({
      ok: false,
      status: 0,
      message: 'there was no answer within 0.05 s',
    })
  })

  it('ends with its signal, which keeps nothing of it', async () => {
    const fake = await answering(silent)
    const stopping = new AbortController()
    const answer = fake.api.request('GET', path, { signal: stopping.signal })
    await expect.poll(() => fake.requests).toHaveLength(1)
    stopping.abort()
    expect(await answer).toMatchObject({ ok: false, status: 0, message: 'This operation was aborted' })
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([])
  })

  it('says which address does not answer', async () => {
    const fake = await answering(silent)
    fake.stop()
    expect(await fake.api.request('GET', path)).toMatchObject({
      ok: false,
      status: 0,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('keeps its connection, and takes another when the API server has closed it', async () => {
    const ports = new Set<number | undefined>()
    const fake = await startApi({ list: answerJson({}), watch: silent, version: silent })
    fake.heard(request => ports.add(request.socket.remotePort))
    for (let i = 0; i < 3; i++) succeeded(await fake.api.request('GET', path))
    expect(ports.size).toBe(1)
    fake.once('list', response => void response.destroy())
    succeeded(await fake.api.request('GET', path))
    expect(ports.size).toBe(2)
    fake.once('list', response => void response.destroy())
    // The request may have had an effect: the caller must check.
    expect(await fake.api.request('POST', path, { body: {} })).toMatchObject({ ok: false, status: 0 })
  })
})

describe('pages', () => {
  const a = namespace('a', '1')
  const b = namespace('b', '2')

  async function pagesOf(api: Api) {
    const names: unknown[] = []
    for await (const { items, resourceVersion } of api.pages(path, {
      limit: 1,
      query: { labelSelector: 'x' },
    }))
      names.push([resourceVersion, items])
    return names
  }

  it('follows the tokens to the last page', async () => {
    const { api, once, requests } = await answering(answerJson(namespaceList([b], '9')))
    once('list', answerJson(namespaceList([a], '9', 'a token/+=')))
    expect(await pagesOf(api)).toEqual([
      ['9', [a]],
      ['9', [b]],
    ])
    expect(requests).toEqual([
      `${path}?labelSelector=x&limit=1`,
      `${path}?labelSelector=x&limit=1&continue=a+token%2F%2B%3D`,
    ])
  })

  it('asks for fewer objects when they are so large that a page would fill the memory', async () => {
    const large = (name: string) => namespace(name, '1', { large: 'x'.repeat(1_000_000) })
    const { api, requests } = await answering((response, request) => {
      const query = new URL(request.url ?? '', 'http://a').searchParams
      const from = Number(query.get('continue') ?? 0)
      const to = Math.min(20, from + (Number(query.get('limit')) || 20))
      const items = Array.from({ length: to - from }, (_, i) => large(`n${from + i}`))
      answerJson(namespaceList(items, '9', to < 20 ? `${to}` : undefined))(response, request)
    })
    const sizes: number[] = []
    for await (const { items } of api.pages(path, { limit: 500 })) sizes.push(items.length)
    expect(sizes).toEqual([7, 7, 6])
    const limitsAsked = requests.map(url => new URL(url, 'http://a').searchParams.get('limit'))
    expect(limitsAsked).toEqual(['500', '62', '7', '7', '7'])
  })

  it('takes a single object of any size', async () => {
    const { api } = await answering(
      answerJson(namespaceList([namespace('a', '1', { large: 'x'.repeat(9_000_000) })], '9')),
    )
    expect(await Array.fromAsync(api.pages(path, { limit: 0 }), ({ items }) => items.length)).toEqual([1])
  })

  it('takes `null` for no items, as Go writes it', async () => {
    const { api } = await answering(
      answerJson({ kind: 'NamespaceList', metadata: { resourceVersion: '9' }, items: null }),
    )
    expect(await pagesOf(api)).toEqual([['9', []]])
  })

  it.each<{ what: string; answer: Answer; failure: string }>([
    { what: 'a token expires', answer: fail(410), failure: '410: told to say 410' },
    {
      what: 'a page is cut off',
      answer: saying('{"kind":'),
      failure: '200: the response is not a JSON object',
    },
    { what: 'the connection breaks', answer: breakingOff('{"kind":'), failure: 'the connection broke' },
    {
      what: 'an answer is no list',
      answer: answerJson({ kind: 'Status' }),
      failure: '200: the response is not what',
    },
    {
      what: 'an answer has no items',
      answer: answerJson({ items: [] }),
      failure: '200: the response is not what',
    },
  ])('throws when $what', async ({ answer, failure }) => {
    const { api, once } = await answering(answer)
    once('list', answerJson(namespaceList([a], '9', 'more')))
    const error = await pagesOf(api).catch(error => error)
    expect(error).toBeInstanceOf(ApiFailure)
    expect(error.message).toContain(failure)
  })
})

describe('watch', () => {
  const open = (fake: FakeApi, call: Partial<Parameters<Api['watch']>[1]> = {}) =>
    fake.api.watch(path, { silenceMs: 10_000, ...call })

  async function watched(fake: FakeApi, call?: Parameters<typeof open>[1]) {
    const events: WatchEvent[] = []
    try {
      for await (const event of open(fake, call)) events.push(event)
      return { events }
    } catch (error) {
      expect(error).toBeInstanceOf(ApiFailure)
      return { events, failure: (error as ApiFailure).message }
    }
  }

  const added = event('ADDED', namespace('größe-😀', '1'))

  it('gives events until the API server ends it', async () => {
    const fake = await answering(saying(added + event('DELETED', namespace('b', '2'))))
    const { events, failure } = await watched(fake, { query: { resourceVersion: '7' } })
    expect(events).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'größe-😀' } } },
      { type: 'DELETED', object: { metadata: { name: 'b' } } },
    ])
    expect(failure).toBeUndefined()
    expect(fake.requests).toEqual([`${path}?resourceVersion=7&watch=true&allowWatchBookmarks=true`])
  })

  it('gives an event as soon as its line is there, wherever it was cut', async () => {
    const fake = await answering(openWatch)
    const stopping = new AbortController()
    const events = open(fake, { signal: stopping.signal })
    const bytes = Buffer.from(added)
    const cut = bytes.indexOf(0xf0) + 2
    const first = events.next()
    await expect.poll(() => fake.watch()).toBeDefined()
    fake.watch()?.write(bytes.subarray(0, cut))
    await expect.poll(() => fake.watch()?.writableLength).toBe(0)
    fake.watch()?.write(bytes.subarray(cut))
    expect((await first).value).toMatchObject({ object: { metadata: { name: 'größe-😀' } } })
    stopping.abort()
    await expect(events.next()).rejects.toThrow('This operation was aborted')
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([])
  })

  it.each<{ what: string; answer: Answer; failure: string; seen: number }>([
    { what: 'is refused', answer: fail(410), failure: '410: told to say 410', seen: 0 },
    { what: 'is answered with HTML', answer: saying('<html>\n'), failure: 'that is not an event', seen: 0 },
    { what: 'says what is no JSON', answer: saying(`${added}{"type":\n`), failure: 'not an event', seen: 1 },
    {
      what: 'says what has no object',
      answer: saying('{"type":"ADDED"}\n'),
      failure: 'not an event',
      seen: 0,
    },
    {
      what: 'ends in the middle of a line',
      answer: saying(added + added.slice(9)),
      failure: 'not an event',
      seen: 1,
    },
    { what: 'breaks after an event', answer: breakingOff(added), failure: 'the connection broke', seen: 1 },
    { what: 'is answered with 204', answer: saying('', {}, 204), failure: '204', seen: 0 },
  ])('throws when it $what', async ({ answer, failure: expected, seen }) => {
    const { events, failure } = await watched(await answering(answer))
    expect(failure).toContain(expected)
    expect(events).toHaveLength(seen)
  })

  it.each([
    { what: 'nothing at all', answer: silent },
    { what: 'nothing after its head', answer: openWatch },
    {
      what: 'nothing after an event',
      answer: ((response, request) => {
        openWatch(response, request)
        response.write(added)
      }) as Answer,
    },
    {
      what: 'nothing after half a refusal',
      answer: (response => void response.writeHead(500, { 'content-length': 100 }).write('{')) as Answer,
    },
  ])('throws when it says $what for so long, and closes the connection', async ({ answer }) => {
    const fake = await answering(answer)
    const closed = new Promise(resolve => fake.heard(request => request.socket.once('close', resolve)))
    expect((await watched(fake, { silenceMs: 60 })).failure).toBe('the watch was silent for 0.06 s')
    await closed
  })

  it('stays open while events arrive', async () => {
    const fake = await answering((response, request) => {
      openWatch(response, request)
      let left = 40
      const speaking = setInterval(() => {
        response.write(added)
        if (--left > 0) return
        clearInterval(speaking)
        response.end()
      }, 20)
    })
    const { events, failure } = await watched(fake, { silenceMs: 600 })
    expect(failure).toBeUndefined()
    expect(events).toHaveLength(40)
  })

  it('closes the connection when the caller leaves the loop', async () => {
    const fake = await answering(openWatch)
    const closed = new Promise(resolve => fake.heard(request => request.socket.once('close', resolve)))
    const events = open(fake)
    const first = events.next()
    await expect.poll(() => fake.watch()).toBeDefined()
    fake.watch()?.write(added)
    await first
    await events.return(undefined)
    await closed
  })
})

describe('describeError', () => {
  it.each([
    [new Error('one\n  two'), 'one two'],
    [new RangeError(''), 'RangeError'],
    [new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('makes one line of %o', (error, line) => {
    expect(describeError(error)).toBe(line)
  })
})
