import { describe, expect, it } from 'vitest'
import type { ApiResponse } from '../api/response.ts'
import { podEvents } from './pod-event.ts'
import { apiAnswering, foundFor, refuse, replicaSet, succeed } from './sweep.fixture.ts'

function saying(answer: () => ApiResponse = succeed, mostPerPass = 100) {
  const api = apiAnswering(() => answer())
  const failures: string[] = []
  const { signal } = new AbortController()
  const failed = (reason: string) => void failures.push(reason)
  return { api, failures, events: podEvents(api, { identity: 'replica-0', failed, signal, mostPerPass }) }
}

describe('Events on Pods', () => {
  it('are written once for each kind of shortfall', async () => {
    const { api, events } = saying()
    for (const kind of ['Missed', 'Missed', 'Outdated'] as const) {
      events.begin()
      await events.say(foundFor('a', { kind }))
    }
    const bodies = api.calls.map(({ body }) => body as { reason: string; metadata: { name: string } })
    expect(bodies.map(({ reason }) => reason)).toEqual(['InjectionMissed', 'InjectionOutdated'])
    expect(new Set(bodies.map(({ metadata }) => metadata.name)).size).toBe(2)
  })

  it('are not repeated when another replica has written them', async () => {
    const { api, events, failures } = saying(() => refuse(409, 'exists', 'AlreadyExists'))
    await events.say(foundFor('a'))
    await events.say(foundFor('a'))
    expect(api.calls).toHaveLength(1)
    expect(failures).toEqual([])
  })

  it('have a name and a message that the API server takes, however long those of the Pod are', async () => {
    const { api, events } = saying()
    await events.say(
      foundFor('a'.repeat(253), { profiles: Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(63, 'x')) }),
    )
    const bodies = api.calls.map(({ body }) => body as { metadata: { name: string }; message: string })
    const [{ metadata, message } = { metadata: { name: '' }, message: '' }] = bodies
    expect(bodies).toHaveLength(1)
    expect(metadata.name.length).toBeLessThanOrEqual(253)
    expect(message.length).toBeLessThanOrEqual(1_024)
  })

  it('say which profiles, why and where to look, and no word of the Pod itself', async () => {
    const { api, events } = saying()
    const message = 'would be denied now: the Pod asks for an unknown profile "hunter2"'
    await events.say(
      foundFor('web-1', { kind: 'Denied', message, reason: 'UnknownProfile', profiles: ['agent'] }),
    )
    expect(api.calls.map(({ body }) => (body as { message: string }).message)).toEqual([
      'would be denied now (UnknownProfile); profiles: agent. Until this is fixed, no Pod can replace it. ' +
        'For details: pillion explain pod web-1 -n shop',
    ])
  })

  it('are warnings only where somebody has to act', async () => {
    const { api, events } = saying()
    for (const kind of ['Missed', 'Outdated', 'Denied'] as const) await events.say(foundFor('a', { kind }))
    expect(api.calls.map(({ body }) => (body as { type: string }).type)).toEqual([
      'Warning',
      'Normal',
      'Warning',
    ])
  })

  it('say that a Pod was evicted, and what replaces it', async () => {
    const { api, events } = saying()
    await events.sayEvicted({ ...foundFor('web-1'), controller: replicaSet('web') })
    expect(api.calls[0]?.body).toMatchObject({
      type: 'Normal',
      reason: 'EvictedByPillion',
      message:
        'Pillion evicted the Pod, because it ran without what it asked for; profiles: agent. ReplicaSet web creates a Pod that gets it.',
      involvedObject: { kind: 'Pod', name: 'web-1' },
      related: { kind: 'ReplicaSet', name: 'web' },
    })
  })

  it('are limited in a pass; the next pass writes the rest', async () => {
    const { api, events } = saying(succeed, 2)
    for (const pass of [1, 2]) {
      events.begin()
      for (const name of ['a', 'b', 'c']) await events.say(foundFor(name))
      expect(api.calls).toHaveLength(pass + 1)
    }
  })

  it('fail once in a pass, and not at all in a namespace that is being deleted', async () => {
    const { events, failures } = saying(() => refuse(403, 'no right', 'Forbidden'))
    for (const name of ['a', 'b']) await events.say(foundFor(name))
    expect(failures).toEqual(['/api/v1/namespaces/shop/events: 403: no right'])

    const ending = saying(() => refuse(403, 'because it is being terminated', 'Forbidden'))
    await ending.events.say(foundFor('a'))
    expect(ending.failures).toEqual([])
  })
})
