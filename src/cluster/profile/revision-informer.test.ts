import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { controllerRevision, type ProfileId } from '../../profile/accept/controller-revision.ts'
import { revision } from '../../profile/revision.ts'
import { answerJson, openWatch, startApi } from '../api/api.fixture.ts'
import { watchRevisions } from './revision-informer.ts'
import { revisionStore } from './revision-store.ts'

/** A spec whose text is about as long when it is compressed. */
const specOf = (bytes: number) => ({ text: randomBytes(bytes / 2).toString('hex') })

function stored(namespace: string | undefined, name: string, number: number, bytes = 2_000): JsonObject {
  const metadata = { name, uid: `${namespace}/${name}`, ...(namespace && { namespace }) }
  const object = controllerRevision({ metadata, spec: specOf(bytes) }, { home: 'pillion', number })
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), resourceVersion: `${number}` } }
}

/** The revision of a profile, with the uid of another one. */
function ofUid(namespace: string, name: string, uid: string): JsonObject {
  const profile = { metadata: { name, namespace, uid }, spec: specOf(2_000) }
  return controllerRevision(profile, { home: 'pillion', number: 9 })
}

const hashOf = (object: JsonObject) => revision((object['data'] as { spec: JsonObject }).spec)

async function watching(items: readonly JsonObject[], isNamed = (_: string, __: string) => false) {
  const asked: string[] = []
  const list = { kind: 'ControllerRevisionList', metadata: { resourceVersion: '1000' }, items }
  const fake = await startApi({
    list(response, request) {
      asked.push(request.url ?? '')
      answerJson(list)(response, request)
    },
    watch: openWatch,
    version: answerJson({}),
  })
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const store = revisionStore()
  const failed = vi.fn()
  const informer = watchRevisions(fake.api, store, {
    home: 'pillion',
    isNamed,
    changed() {},
    failed,
    signal: stopping.signal,
    bytes: { perNamespace: 10_000, ofAll: 20_000 },
  })
  await vi.waitFor(() => expect(informer.isComplete()).toBe(true), { timeout: 20_000, interval: 5 })
  expect(failed).not.toHaveBeenCalled()
  const whole = (uid: string) =>
    store
      .of(idOf(uid))
      .all()
      .filter(({ isWhole }) => isWhole)
  const bytes = () => items.reduce((sum, object) => sum + bytesOf(store, object), 0)
  return { store, whole, bytes, asked }
}

/** The profile with the uid `NAMESPACE/NAME`. */
function idOf(uid: string): ProfileId {
  const [namespace, name] = uid.split('/')
  return `${namespace === 'undefined' ? '' : namespace}/${name}/${uid}`
}

function bytesOf(store: ReturnType<typeof revisionStore>, object: JsonObject): number {
  const { ownerReferences } = object['metadata'] as { ownerReferences: readonly [{ uid: string }] }
  return store.of(idOf(ownerReferences[0].uid)).find(hashOf(object))?.text?.length ?? 0
}

it('asks only for revisions of profiles, and gives their specs, the newest first', async () => {
  const items = [stored(undefined, 'logging', 1), stored(undefined, 'logging', 3), stored('shop', 'own', 1)]
  const { store, asked } = await watching(items)
  expect(asked[0]).toContain('labelSelector=pillion.dev%2Fprofile')
  expect(
    store
      .of(idOf('undefined/logging'))
      .all()
      .map(({ number }) => number),
  ).toEqual([3, 1])
  expect(store.of(idOf('shop/own')).find(hashOf(items[2]!))?.spec()).toEqual(
    (items[2]!['data'] as JsonObject)['spec'],
  )
  expect(store.of(idOf('unknown')).all()).toEqual([])
})

it('leaves out what is not believed, however it looks', async () => {
  const good = stored('shop', 'own', 1)
  const foreign = [
    {},
    { metadata: { name: 'web-1', namespace: 'shop', labels: { 'pillion.dev/profile': 'own' } }, data: [] },
    { ...stored('shop', 'own', 2), data: { spec: { other: true } } },
    ofUid('bank', 'own', 'shop/own'),
    ofUid('shop', 'other', 'shop/own'),
  ]
  const { store } = await watching([...foreign, good])
  expect(
    store
      .of(idOf('shop/own'))
      .all()
      .map(({ number }) => number),
  ).toEqual([1])
})

it('holds of each namespace the newest that fit, and of ClusterSidecarProfiles all', async () => {
  const own = Array.from({ length: 20 }, (_, i) => stored('shop', 'own', i + 1))
  const cluster = Array.from({ length: 20 }, (_, i) => stored(undefined, 'logging', i + 1))
  const { store, whole } = await watching([...own, ...cluster])
  const numbers = whole('shop/own').map(({ number }) => number)
  expect(numbers.length).toBeGreaterThan(2)
  expect(numbers.length).toBeLessThan(10)
  expect(numbers).toEqual(Array.from(numbers, (_, i) => 20 - i))
  expect(whole('undefined/logging')).toHaveLength(20)
  // The others are known, but cannot be used.
  expect(store.of(idOf('shop/own')).all()).toHaveLength(20)
  expect(store.of(idOf('shop/own')).find(hashOf(own[0]!))?.spec()).toBeUndefined()
})

it('holds what a status names, however many others there are', async () => {
  const own = Array.from({ length: 20 }, (_, i) => stored('shop', 'own', i + 1))
  const named = hashOf(own[0]!)
  const { store } = await watching(own, (_, revision) => revision === named)
  expect(store.of(idOf('shop/own')).find(named)?.isWhole).toBe(true)
})

it('holds of all namespaces together as much as it may, and all of a small one', async () => {
  const small = stored('small', 'own', 1, 400)
  const others = Array.from({ length: 200 }, (_, i) => stored(`hostile-${i % 20}`, 'own', i))
  const { whole, bytes } = await watching([small, ...others])
  expect(whole('small/own')).toHaveLength(1)
  expect(bytes()).toBeLessThan(20_000 * 1.2)
})
