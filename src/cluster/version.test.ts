import { describe, expect, it, vi } from 'vitest'
import { answerJson, fail, openWatch, startApi } from './api/api.fixture.ts'
import { clusterVersion } from './version.ts'

const answers = { list: fail(404), watch: openWatch }
const backoff = { firstMs: 1, mostMs: 4 }

describe('clusterVersion', { timeout: 30_000 }, () => {
  it.each([
    { major: '1', minor: '34', version: '1.34' },
    { major: '1', minor: '28+', version: '1.28' },
  ])('is $version where the API server says $major and $minor', async ({ version, ...says }) => {
    const { api } = await startApi({ ...answers, version: answerJson(says) })
    const { signal } = new AbortController()
    expect(await clusterVersion(api, { failed: vi.fn(), signal, backoff })).toBe(version)
  })

  it('repeats the request until the API server answers', async () => {
    const fake = await startApi({ ...answers, version: answerJson({ major: '1', minor: '34' }) })
    fake.once('version', fail(500))
    // On the kept connection, which is tried again at once, and on a new one.
    fake.once('version', response => void response.destroy())
    fake.once('version', response => void response.destroy())
    const failed = vi.fn()
    const { signal } = new AbortController()
    expect(await clusterVersion(fake.api, { failed, signal, backoff })).toBe('1.34')
    expect(failed).toHaveBeenCalledTimes(2)
  })

  it.each([{}, { major: '1' }, { major: '1', minor: 'x' }, { major: null, minor: null }])(
    'takes %j for no version',
    async says => {
      const fake = await startApi({ ...answers, version: answerJson({ major: '1', minor: '34' }) })
      fake.once('version', answerJson(says))
      const failed = vi.fn()
      const { signal } = new AbortController()
      expect(await clusterVersion(fake.api, { failed, signal, backoff })).toBe('1.34')
      expect(failed.mock.calls).toEqual([['/version: the response has no version']])
    },
  )

  it('stops asking when it is told to', async () => {
    const { api } = await startApi({ ...answers, version: fail(500) })
    const stopping = new AbortController()
    const failed = () => stopping.abort()
    const options = { failed, signal: stopping.signal, backoff: { firstMs: 60_000, mostMs: 60_000 } }
    expect(await clusterVersion(api, options)).toBeUndefined()
  })
})
