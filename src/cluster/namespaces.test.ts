import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { answerJson, event, fail, namespace, namespaceList, openWatch, startApi } from './api/api.fixture.ts'
import { namespaceOf, watchNamespaces } from './namespaces.ts'

describe('watchNamespaces', () => {
  async function following() {
    const list = answerJson(
      namespaceList([namespace('shop', '1', { 'pillion.dev/inject': 'logging' })], '10'),
    )
    const fake = await startApi({ list, watch: openWatch, version: fail(404) })
    const stopping = new AbortController()
    onTestFinished(() => stopping.abort())
    const namespaces = watchNamespaces(fake.api, { failed: vi.fn(), signal: stopping.signal })
    await expect.poll(namespaces.isComplete).toBe(true)
    return { fake, namespaces }
  }

  it('knows labels and annotations of every namespace, and of an unknown one its name', async () => {
    const { namespaces } = await following()
    expect(namespaces.find('shop')).toEqual({
      name: 'shop',
      labels: { team: 'shop' },
      annotations: { 'pillion.dev/inject': 'logging' },
    })
    const unknown = { name: 'constructor', labels: {}, annotations: {}, isUnknown: true }
    expect(namespaces.find('constructor')).toEqual(unknown)
  })

  it('forgets one that is gone', async () => {
    const { fake, namespaces } = await following()
    await expect.poll(fake.watch).toBeDefined()
    fake.watch()?.write(event('DELETED', namespace('shop', '11')))
    await expect.poll(() => namespaces.find('shop').labels).toEqual({})
  })

  it('asks for metadata alone', async () => {
    const accepted: unknown[] = []
    const { fake } = await following()
    await expect.poll(fake.watch).toBeDefined()
    fake.heard(({ headers }) => accepted.push(headers.accept))
    fake.watch()?.destroy()
    await expect.poll(() => accepted[0]).toContain('as=PartialObjectMetadataList')
  })
})

describe('namespaceOf', () => {
  it('takes a namespace without labels or annotations', () => {
    expect(namespaceOf({ metadata: { name: 'bare', labels: null } })).toEqual({
      name: 'bare',
      labels: {},
      annotations: {},
    })
  })
})
