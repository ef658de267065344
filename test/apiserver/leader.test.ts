import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import { type Candidate, type LeaseTimes, lead } from '../../src/cluster/leader.ts'
import { apiFor } from './client.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
interface CandidateOptions extends LeaseTimes {
  readonly name?: string
}

const times = { leaseMs: 1_000, renewMs: 600, retryMs: 100 }

describeWithApiServer('leader election on a real API server', server => {
  let api: Api
  let names = 0
  beforeAll(() => {
    api = apiFor(server())
  })

  /** Candidates for a Lease of their own, each with a client that can be cut off from the API server. */
  function candidates(count: number, { name = `lease-${names++}`, ...own }: CandidateOptions = {}) {
    return Array.from({ length: count }, (_, i) => {
      const stopping = new AbortController()
      const failures: string[] = []
      let isCutOff = false
      const client: Api = {
        ...api,
        request: (...call) =>
          isCutOff ? Promise.resolve({ ok: false, status: 0, message: 'cut off' }) : api.request(...call),
      }
      const candidate = lead(client, {
        ...times,
        ...own,
        namespace: 'default',
        name,
        identity: `replica-${i}`,
        failed: reason => failures.push(reason),
        signal: stopping.signal,
      })
      onTestFinished(() => stopping.abort())
      return {
        ...candidate,
        name,
        failures,
        stop: () => stopping.abort(),
        cutOff(is = true) {
          isCutOff = is
        },
      }
    })
  }

  const leaders = (all: readonly Candidate[]) => all.filter(({ isLeader }) => isLeader())
  async function leaderOf<C extends Candidate>(all: readonly C[]): Promise<C> {
    await until('one of them leads', 10_000, async () => leaders(all).length > 0, 5)
    return all.find(({ isLeader }) => isLeader()) as C
  }
  const stored = async (name: string) =>
    (await server().request<{ spec: Record<string, unknown> }>('GET', `${leases}/${name}`)).body.spec

  it('gives three candidates one leader, and the next one at once when it stops', async () => {
    // Nobody could wait until it expires.
    const all = candidates(3, { leaseMs: 3_600_000, renewMs: 5_000 })
    const first = await leaderOf(all)
    expect(leaders(all)).toEqual([first])
    expect(await stored(first.name)).toMatchObject({
      holderIdentity: expect.stringMatching(/^replica-\d_/),
      leaseDurationSeconds: 3_600,
      leaseTransitions: 0,
    })

    first.stop()
    expect(first.isLeader()).toBe(false)
    await first.ended
    const second = await leaderOf(all)
    expect(second).not.toBe(first)
    expect((await stored(first.name))['leaseTransitions']).toBeGreaterThan(0)
    expect(all.flatMap(({ failures }) => failures)).toEqual([])
  })

  it('never has two of them, although leaders lose the API server and come back', async () => {
    const all = candidates(3)
    const seen: string[] = []
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, leaders(all).length)
    }, 1)
    onTestFinished(() => clearInterval(watching))
    for (let turn = 0; turn < 3; turn++) {
      const leader = await leaderOf(all)
      seen.push(String((await stored(leader.name))['holderIdentity']))
      leader.cutOff()
      await until('it leads no longer', 5_000, async () => !leader.isLeader(), 1)
      const next = await leaderOf(all)
      expect(next).not.toBe(leader)
      expect(leader.failures.some(reason => reason.includes('cut off'))).toBe(true)
      leader.cutOff(false)
    }
    expect(most).toBe(1)
    expect(new Set(seen).size).toBeGreaterThan(1)
  })

  it('leaves a Lease alone whose holder renews it, however wrong its clock is', async () => {
    const name = `lease-${names++}`
    const renew = (renewTime: string) => ({
      metadata: { name },
      spec: { holderIdentity: 'somebody', leaseDurationSeconds: 3, renewTime },
    })
    await server().request('POST', leases, renew('1999-01-01T00:00:00.000000Z'))
    const [candidate] = candidates(1, { name })
    // For longer than the Lease lasts, and so often that a busy machine renews in time, too.
    for (let i = 10; i < 34; i++) {
      await sleep(150)
      expect(candidate?.isLeader()).toBe(false)
      await server().request('PATCH', `${leases}/${name}`, renew(`1999-01-01T00:00:${i}.000000Z`))
    }
    await until('it takes the Lease that nobody renews', 5_000, async () => candidate?.isLeader() ?? false)
  })

  it('goes on when somebody deletes the Lease', async () => {
    const all = candidates(1)
    const leader = await leaderOf(all)
    await server().request('DELETE', `${leases}/${leader.name}`)
    await until('it is there again', 5_000, async () => (await stored(leader.name)) !== undefined)
    await leaderOf(all)
  })
})
