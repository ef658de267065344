import { describe, expect, it } from 'vitest'
import { ApiFailure } from '../api/api.ts'
import { apiAnswering, succeed } from '../sweep/sweep.fixture.ts'
import { leadingApi } from './leading-api.ts'

describe('the API server of a leader', () => {
  it('gets no request after this replica has lost the lead', async () => {
    let leads = true
    const inner = apiAnswering(
      () => succeed(),
      () => [
        { items: [], resourceVersion: '1' },
        { items: [], resourceVersion: '1' },
      ],
    )
    const { api } = leadingApi(inner, () => leads)
    expect(await api.request('PATCH', '/a')).toMatchObject({ ok: true })
    const pages = api.pages('/b')
    expect((await pages.next()).done).toBe(false)
    leads = false
    await expect(pages.next()).rejects.toThrow(ApiFailure)
    expect(await api.request('PATCH', '/c')).toMatchObject({ ok: false, status: 0 })
    await expect(api.pages('/d').next()).rejects.toThrow(ApiFailure)
    expect(inner.calls.map(({ path }) => path)).toEqual(['/a', '/b'])
  })

  it('shows the time of its clock, even if the own clock is an hour off', async () => {
    const hourAgo = new Date(Date.now() - 3_600_000)
    const { api, now } = leadingApi(
      apiAnswering(() => succeed(hourAgo)),
      () => true,
    )
    await api.request('GET', '/version')
    expect(Math.abs(now() - hourAgo.getTime())).toBeLessThan(5_000)
  })
})
