import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type JsonObject, metadataOf } from '../../json/json.ts'
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
import { type InformerOptions, startInformer } from './informer.ts'
import type { ObjectProblem } from './object-problem.ts'

const list = answerJson(namespaceList([namespace('shop', '1'), namespace('front', '2')], '10'))
const answers = { list, watch: openWatch, version: fail(404) }
const eventually = (assertion: () => unknown) => vi.waitFor(assertion, { timeout: 20_000, interval: 5 })
const lists = ({ requests }: FakeApi) => requests.filter(url => !url.includes('watch=true'))
const watches = ({ requests }: FakeApi) => requests.filter(url => url.includes('watch=true'))

function start({ api }: FakeApi, options: Partial<InformerOptions<unknown>> = {}) {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const failed = vi.fn<(reason: string) => void>()
  const keys: string[][] = []
  const followed = startInformer(api, {
    path: '/api/v1/namespaces',
    kind: 'Namespace',
    keep: object => metadataOf(object)['annotations'],
    changed: changed => keys.push([...changed].sort()),
    failed,
    signal: stopping.signal,
    backoff: { firstMs: 1, mostMs: 4 },
    ...options,
  })
  return { followed, failed, keys, stopping }
}

/** A server and a follower that has listed, and watches. */
async function following(options?: Partial<InformerOptions<unknown>>) {
  const fake = await startApi(answers)
  const started = start(fake, options)
  await eventually(() => expect(watches(fake)).toHaveLength(1))
  return { fake, ...started }
}

describe('an informer', { timeout: 60_000 }, () => {
  it('keeps what it is told to of each object, by name', async () => {
    const api = await startApi({
      ...answers,
      list: answerJson({
        kind: 'SidecarProfileList',
        metadata: { resourceVersion: '5' },
        items: [
          { metadata: { name: 'a', namespace: 'shop', resourceVersion: '1' }, spec: { n: 1 } },
          { metadata: { name: 'b', resourceVersion: '2' }, spec: { n: 2 } },
          { metadata: { resourceVersion: '3' }, spec: { n: 3 } },
        ],
      }),
    })
    const { followed } = start(api, { keep: ({ spec }) => spec })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect([...followed.entries()]).toEqual([
      ['shop/a', { n: 1 }],
      ['b', { n: 2 }],
    ])
    expect(followed.get('shop/a')).toEqual({ n: 1 })
    expect(followed.get('constructor')).toBeUndefined()
  })

  it('knows the others when one object cannot be kept, says which, and knows that one once it has changed', async () => {
    const troubled = vi.fn<(problem: ObjectProblem) => void>()
    const keep = (object: JsonObject) => {
      const annotations = metadataOf(object)['annotations'] as JsonObject
      if ('break' in annotations) throw new TypeError(`cannot read ${String(annotations['break'])}`)
      return annotations
    }
    const fake = await startApi({
      ...answers,
      list: answerJson(
        namespaceList([namespace('bad', '1', { break: 'secret' }), namespace('good', '2')], '10'),
      ),
    })
    const { followed, failed, keys } = start(fake, { keep, troubled })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect([...followed.entries()]).toEqual([['good', {}]])
    expect(troubled.mock.calls).toEqual([[{ kind: 'Namespace', key: 'bad', error: expect.any(TypeError) }]])
    await eventually(() => expect(watches(fake)).toHaveLength(1))
    fake.watch()?.write(event('MODIFIED', namespace('good', '3', { break: 'it' })))
    await eventually(() => expect(followed.get('good')).toBeUndefined())
    fake.watch()?.write(event('MODIFIED', namespace('bad', '4')))
    await eventually(() => expect(followed.get('bad')).toEqual({}))
    expect(lists(fake)).toHaveLength(1)
    expect(keys).toEqual([['good'], ['good'], ['bad']])
    expect(failed).not.toHaveBeenCalled()
  })

  it('reports an object that it could not keep without its content, also without `troubled`', async () => {
    const keep = () => {
      throw new RangeError('hunter2')
    }
    const { failed, followed } = start(await startApi(answers), { keep })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(failed.mock.calls.flat()).toEqual([
      'Namespace shop could not be handled: RangeError',
      'Namespace front could not be handled: RangeError',
    ])
  })

  it('is not complete before `changed` has handled the first list, and repeats the keys', async () => {
    const told: string[][] = []
    let fails = 2
    const changed = (keys: ReadonlySet<string>) => {
      told.push([...keys].sort())
      if (fails-- > 0) throw new Error('hunter2')
    }
    const states: boolean[] = []
    const failed = vi.fn<(reason: string) => void>(() => void states.push(followed.isComplete()))
    const { followed } = start(await startApi(answers), { changed, failed })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(told).toEqual([
      ['front', 'shop'],
      ['front', 'shop'],
      ['front', 'shop'],
    ])
    expect(states).not.toContain(true)
    expect(failed.mock.calls.flat().join()).not.toContain('hunter2')
  })

  it('repeats the keys of an event that `changed` could not handle', async () => {
    const told: string[][] = []
    let fails = false
    const changed = (keys: ReadonlySet<string>) => {
      told.push([...keys].sort())
      if (fails) {
        fails = false
        throw new Error('not now')
      }
    }
    const { fake, followed } = await following({ changed })
    fails = true
    fake.once(
      'list',
      answerJson(namespaceList([namespace('shop', '11', { a: 'b' }), namespace('front', '2')], '11')),
    )
    fake.watch()?.write(event('MODIFIED', namespace('shop', '11', { a: 'b' })))
    await eventually(() => expect(told).toEqual([['front', 'shop'], ['shop'], ['shop']]))
    expect(followed.get('shop')).toEqual({ a: 'b' })
  })

  it('has a reason for not being complete, until it is', async () => {
    const fake = await startApi(answers)
    fake.once('list', fail(404))
    const problems: (string | undefined)[] = []
    const { followed } = start(fake, { failed: () => void problems.push(followed.problem()) })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(problems).toEqual(['404: told to say 404'])
    expect(followed.problem()).toBeUndefined()
  })

  it('asks for one object by its name, and for metadata where that is enough', async () => {
    const accepted: unknown[] = []
    const fake = await startApi(answers)
    fake.heard(({ headers }) => accepted.push(headers.accept))
    start(fake, { fieldSelector: 'metadata.name=shop', metadataOnly: true })
    await eventually(() => expect(watches(fake)).toHaveLength(1))
    expect(fake.requests.every(url => url.includes('fieldSelector=metadata.name%3Dshop'))).toBe(true)
    expect(accepted).toEqual([
      expect.stringContaining('as=PartialObjectMetadataList;'),
      expect.stringContaining('as=PartialObjectMetadata;'),
    ])
  })

  it('is not complete before the last page', async () => {
    const fake = await startApi(answers)
    const second = Promise.withResolvers<void>()
    fake.once('list', answerJson(namespaceList([namespace('first', '2')], '9', 'more')))
    fake.once('list', async (...call) => {
      await second.promise
      list(...call)
    })
    const { followed, keys } = start(fake)
    await eventually(() => expect(lists(fake)).toHaveLength(2))
    expect(followed.isComplete()).toBe(false)
    expect(followed.get('first')).toBeUndefined()
    second.resolve()
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(keys).toEqual([['first', 'front', 'shop']])
  })

  it('says that there is nothing where there is nothing', async () => {
    const { keys, followed } = start(
      await startApi({ ...answers, list: answerJson(namespaceList([], '10')) }),
    )
    await eventually(() => expect(keys).toEqual([[]]))
    expect(followed.isComplete()).toBe(true)
  })

  it('sees objects that are created, changed and deleted', async () => {
    const { fake, followed, keys } = await following()
    const say = (type: string, version: string, annotations = {}) =>
      fake.watch()?.write(event(type, namespace('new', version, annotations)))
    say('ADDED', '11')
    await eventually(() => expect(keys.at(-1)).toEqual(['new']))
    expect(followed.get('new')).toEqual({})
    say('MODIFIED', '12', { a: 'b' })
    await eventually(() => expect(followed.get('new')).toEqual({ a: 'b' }))
    say('DELETED', '13')
    await eventually(() => expect(followed.get('new')).toBeUndefined())
    expect(keys).toEqual([['front', 'shop'], ['new'], ['new'], ['new']])
  })

  it('ignores events of unknown types', async () => {
    const { fake, followed, keys, failed } = await following()
    fake.watch()?.write(event('SYNCED', namespace('shop', '11', { a: 'b' })))
    fake.watch()?.write(event('ADDED', { kind: 'Namespace', metadata: { labels: {} } }))
    fake.watch()?.end(event('ADDED', namespace('new', '12')))
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(followed.get('shop')).toEqual({})
    expect(keys).toEqual([['front', 'shop'], ['new']])
    expect(failed).not.toHaveBeenCalled()
  })

  it('goes on where it was when the API server ends the watch, without listing again', async () => {
    const { fake, failed, keys } = await following()
    expect(watches(fake)[0]).toContain('resourceVersion=10')
    fake.watch()?.end(event('BOOKMARK', namespace('', '42')))
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(watches(fake)[1]).toContain('resourceVersion=42')
    expect(lists(fake)).toHaveLength(1)
    expect(keys).toHaveLength(1)
    expect(failed).not.toHaveBeenCalled()
  })

  const expired = { apiVersion: 'v1', kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
  const html: Answer = response => void response.writeHead(200).end('<html>')
  it.each<{ what: string; happens: (fake: FakeApi) => void }>([
    { what: 'its version is too old', happens: fake => fake.watch()?.write(event('ERROR', expired)) },
    {
      what: 'the API server has an error',
      happens: fake => fake.watch()?.write(event('ERROR', { code: 500 })),
    },
    { what: 'the connection breaks', happens: fake => fake.watch()?.destroy() },
    { what: 'an event is broken off', happens: fake => fake.watch()?.end('{"type":"ADD') },
    { what: 'it ends before it said anything', happens: fake => fake.watch()?.end() },
    {
      what: 'the next watch is refused',
      happens: fake => {
        fake.once('watch', fail(410))
        fake.watch()?.end(event('BOOKMARK', namespace('', '42')))
      },
    },
    {
      what: 'the next watch is answered by something else',
      happens: fake => {
        fake.once('watch', html)
        fake.watch()?.end(event('BOOKMARK', namespace('', '42')))
      },
    },
  ])('lists again when $what, and tells what differs', async ({ happens }) => {
    const { fake, followed, keys, failed } = await following()
    fake.once('list', answerJson(namespaceList([namespace('front', '2'), namespace('new', '50')], '51')))
    happens(fake)
    await eventually(() => expect(watches(fake).at(-1)).toContain('resourceVersion=51'))
    expect([...followed.entries()].map(([key]) => key)).toEqual(['front', 'new'])
    expect(keys).toEqual([
      ['front', 'shop'],
      ['new', 'shop'],
    ])
    expect(failed).toHaveBeenCalledOnce()
  })

  it('keeps what it made of an object that is the same in the next list', async () => {
    const keep = vi.fn(() => ({}))
    const { fake, followed, keys } = await following({ keep })
    const before = followed.get('shop')
    fake.once('list', answerJson(namespaceList([namespace('shop', '1'), namespace('front', '7')], '51')))
    fake.watch()?.destroy()
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(followed.get('shop')).toBe(before)
    expect(keep).toHaveBeenCalledTimes(3)
    expect(keys.at(-1)).toEqual(['front'])
  })

  it('lists again from time to time, and does not call `changed` when nothing has changed', async () => {
    const { fake, keys, failed } = await following({ relistMs: 1 })
    fake.watch()?.end(event('BOOKMARK', namespace('', '42')))
    await eventually(() => expect(lists(fake)).toHaveLength(2))
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(keys).toHaveLength(1)
    expect(failed).not.toHaveBeenCalled()
  })

  it.each<{ what: string; answer: Answer }>([
    { what: 'no list', answer: answerJson({ kind: 'Status', metadata: {} }) },
    { what: 'a list of no version', answer: answerJson({ kind: 'NamespaceList', metadata: {}, items: [] }) },
    { what: 'a page of HTML', answer: html },
    { what: 'half of a list', answer: response => void response.writeHead(200).end('{"kind":"NamespaceL') },
  ])('does not take $what for an empty list', async ({ answer }) => {
    const { fake, followed, failed, keys } = await following()
    fake.once('list', answer)
    fake.watch()?.destroy()
    await eventually(() => expect(failed).toHaveBeenCalledTimes(2))
    expect(followed.get('shop')).toEqual({})
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(keys).toHaveLength(1)
  })

  it('never gives up, and keeps the known objects meanwhile', async () => {
    const { fake, followed, failed } = await following()
    for (const code of [500, 503, 401, 429, 500]) fake.once('list', fail(code))
    fake.watch()?.destroy()
    await eventually(() => expect(failed.mock.calls.length).toBeGreaterThanOrEqual(6))
    expect(followed.get('shop')).toEqual({})
    await eventually(() => expect(watches(fake)).toHaveLength(2))
  })

  it('is not complete while the list is refused, and says why', async () => {
    const { followed, failed, keys } = start(await startApi({ ...answers, list: fail(403) }))
    await eventually(() => expect(failed.mock.calls.length).toBeGreaterThan(2))
    expect(followed.isComplete()).toBe(false)
    expect(keys).toEqual([])
    expect(failed.mock.calls[0]?.[0]).toBe('/api/v1/namespaces: 403: told to say 403')
  })

  it('waits as long as the API server asks for', async () => {
    const fake = await startApi(answers)
    const times: number[] = []
    fake.heard(() => times.push(performance.now()))
    fake.once('list', response => void response.writeHead(429, { 'retry-after': '1' }).end())
    start(fake)
    await eventually(() => expect(lists(fake)).toHaveLength(2))
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990)
  })

  it('does not need features that an old API server lacks', async () => {
    const fake = await startApi({
      ...answers,
      list: (response, request) =>
        (request.headers.accept?.includes('PartialObject') ? fail(406) : list)(response, request),
    })
    const { followed, failed } = start(fake, { metadataOnly: true })
    await eventually(() => expect(followed.isComplete()).toBe(true))
    expect(lists(fake)).toHaveLength(2)
    expect(failed).toHaveBeenCalledOnce()
  })

  it('takes a list in one piece when its pages expire before the last one', async () => {
    const fake = await startApi(answers)
    fake.once('list', answerJson(namespaceList([namespace('first', '2')], '9', 'more')))
    fake.once('list', fail(410))
    const { followed } = start(fake)
    await eventually(() => expect(followed.isComplete()).toBe(true))
    const limits = lists(fake).map(url => new URL(url, 'http://a').searchParams.get('limit'))
    expect(limits).toEqual(['500', '500', '0'])
    expect(followed.get('first')).toBeUndefined()
  })

  it.each<{ what: string; answer: Answer }>([
    { what: 'end at once', answer: response => void response.writeHead(200).end() },
    { what: 'are refused', answer: fail(500) },
    {
      what: 'break at once',
      answer: response => {
        response.writeHead(200).flushHeaders()
        response.destroy()
      },
    },
  ])('asks less and less often while watches $what', async ({ answer }) => {
    const fake = await startApi({ ...answers, watch: answer })
    const times: number[] = []
    fake.heard(({ url }) => url?.includes('watch=true') && times.push(performance.now()))
    start(fake, { backoff: { firstMs: 20, mostMs: 80 } })
    await eventually(() => expect(times.length).toBeGreaterThan(5))
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(waits[0]).toBeGreaterThan(18)
    expect(Math.min(...waits.slice(2, 5))).toBeGreaterThan(78)
  })

  it('ends a watch that is silent for longer than a watch lasts', async () => {
    const { fake, failed } = await following({ watchMs: 100 })
    expect(watches(fake)[0]).toContain('timeoutSeconds=1&')
    await eventually(() => expect(watches(fake)).toHaveLength(2))
    expect(failed).toHaveBeenCalledExactlyOnceWith('/api/v1/namespaces: the watch was silent for 0.13 s')
    expect(lists(fake)).toHaveLength(2)
  })

  it('has an age: the time since the API server last sent something', async () => {
    const { fake, followed } = await following()
    const { promise: never } = Promise.withResolvers()
    fake.once('list', () => void never)
    await eventually(() => expect(followed.ageMs()).toBeGreaterThan(100))
    await eventually(() => {
      fake.watch()?.write(event('BOOKMARK', namespace('', '42')))
      expect(followed.ageMs()).toBeLessThan(100)
    })
    fake.watch()?.destroy()
    await eventually(() => expect(followed.ageMs()).toBeGreaterThan(200))
  })

  it('stops with its signal', async () => {
    const { fake, stopping, failed } = await following()
    const closed = vi.fn()
    fake.watch()?.on('close', closed)
    stopping.abort()
    await eventually(() => expect(closed).toHaveBeenCalled())
    expect(failed).not.toHaveBeenCalled()
    expect(fake.requests).toHaveLength(2)
  })
})
