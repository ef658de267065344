import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authority, Cluster, lifetimes, Replica, serving, settleMs } from './rotation.fixture.ts'
import { aheadMs, canReplace, type Held, nextStep, type Step } from './rotation.ts'

describe('nextStep', () => {
  const [a, b] = [authority('a', 0), authority('b', 240)]
  const future = authority('f', 1_000 + aheadMs)
  const keyless = { canSign: false }
  it.each<{ why: string; held: Held; now: number; trusted?: string; revoked?: number; step: Step }>([
    { why: 'nothing is there', held: { authorities: [] }, now: 0, step: { kind: 'begin' } },
    {
      why: 'nothing is there that signs',
      held: { authorities: [authority('a', 0, keyless)] },
      now: 1,
      step: { kind: 'begin' },
    },
    {
      why: 'the serving pair is lost and its authority is there',
      held: { authorities: [a] },
      now: 1,
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'the serving pair is lost while a new authority is not trusted yet',
      held: { authorities: [b, a] },
      now: 241,
      trusted: 'a',
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'the serving pair is lost and nobody is known to trust anything: the oldest key has signed last',
      held: { authorities: [b, a] },
      now: 241,
      trusted: '',
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'the serving pair has expired',
      held: { authorities: [a], serving: serving('a', 0) },
      now: 90,
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'all is well',
      held: { authorities: [a], serving: serving('a', 0) },
      now: 1,
      step: { kind: 'wait', until: 60 },
    },
    {
      why: 'two thirds of a serving pair are over',
      held: { authorities: [a], serving: serving('a', 0) },
      now: 60,
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'the serving pair is not for all names',
      held: { authorities: [a], serving: serving('a', 0, { fits: false }) },
      now: 1,
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'two thirds of an authority are over',
      held: { authorities: [a], serving: serving('a', 200) },
      now: 240,
      step: { kind: 'add' },
    },
    {
      why: 'the key of the authority is lost',
      held: { authorities: [authority('a', 0, keyless)], serving: serving('a', 0) },
      now: 1,
      step: { kind: 'add' },
    },
    {
      why: 'a new authority is trusted, but nothing is due',
      held: { authorities: [b, a], serving: serving('a', 200) },
      now: 250,
      trusted: 'ab',
      step: { kind: 'wait', until: 260 },
    },
    {
      why: 'a serving pair is due and a new authority is trusted',
      held: { authorities: [b, a], serving: serving('a', 200) },
      now: 260,
      trusted: 'ab',
      step: { kind: 'issue', from: 'b' },
    },
    {
      why: 'a serving pair is due and a new authority is not trusted yet',
      held: { authorities: [b, a], serving: serving('a', 200) },
      now: 260,
      trusted: 'a',
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'a serving pair is due and nobody trusts anything: it is from the same as before',
      held: { authorities: [b, a], serving: serving('a', 200) },
      now: 260,
      trusted: '',
      step: { kind: 'issue', from: 'a' },
    },
    {
      why: 'a new serving pair from the old authority would end with the present one',
      held: { authorities: [b, a], serving: serving('a', 280, { expiresAt: 360 }) },
      now: 340,
      trusted: 'a',
      step: { kind: 'wait', until: 360 },
    },
    {
      why: 'the old authority is about to expire, but has not',
      held: { authorities: [b, a], serving: serving('b', 350) },
      now: 359,
      trusted: 'ab',
      step: { kind: 'wait', until: 360 },
    },
    {
      why: 'the old authority has expired',
      held: { authorities: [b, a], serving: serving('b', 350) },
      now: 360,
      trusted: 'ab',
      step: { kind: 'drop', authorities: ['a'] },
    },
    {
      why: 'the authority is revoked',
      held: { authorities: [a], serving: serving('a', 0) },
      now: 10,
      revoked: 10,
      step: { kind: 'add' },
    },
    {
      why: 'the authority is revoked, and nothing is served',
      held: { authorities: [a] },
      now: 10,
      revoked: 10,
      step: { kind: 'begin' },
    },
    {
      why: 'the authority is revoked, and the next one is not trusted yet',
      held: { authorities: [b, a], serving: serving('a', 230) },
      now: 245,
      revoked: 240,
      step: { kind: 'wait', until: 290 },
    },
    {
      why: 'the authority is revoked, and the next one is trusted',
      held: { authorities: [b, a], serving: serving('a', 230) },
      now: 245,
      trusted: 'ab',
      revoked: 240,
      step: { kind: 'issue', from: 'b' },
    },
    {
      why: 'a replica may still serve what the revoked authority signed',
      held: { authorities: [b, a], serving: serving('b', 245) },
      now: 245 + settleMs - 1,
      trusted: 'ab',
      revoked: 240,
      step: { kind: 'wait', until: 245 + settleMs },
    },
    {
      why: 'no replica serves what the revoked authority signed',
      held: { authorities: [b, a], serving: serving('b', 245) },
      now: 245 + settleMs,
      trusted: 'ab',
      revoked: 240,
      step: { kind: 'drop', authorities: ['a'] },
    },
    {
      why: 'everything was revoked before, and all is well',
      held: { authorities: [b], serving: serving('b', 245) },
      now: 245 + settleMs,
      trusted: 'b',
      revoked: 240,
      step: { kind: 'wait', until: 305 },
    },
    {
      why: 'after a revocation an authority of the future has signed what is served',
      held: { authorities: [future, b], serving: serving('f', 245) },
      now: 250,
      trusted: 'fb',
      revoked: 240,
      step: { kind: 'issue', from: 'b' },
    },
    {
      why: 'after a revocation an authority of the future waits for its time',
      held: { authorities: [future, b], serving: serving('b', 245) },
      now: 245 + settleMs,
      trusted: 'fb',
      revoked: 240,
      step: { kind: 'drop', authorities: ['f'] },
    },
    {
      why: 'nothing was revoked, and the clock was set back',
      held: { authorities: [future], serving: serving('f', 245) },
      now: 250,
      trusted: 'f',
      step: { kind: 'wait', until: 305 },
    },
  ])('$step.kind $step.from when $why', ({ held, now, trusted = 'a', revoked, step }) => {
    const isTrusted = (id: string) => trusted.includes(id)
    const revocation = revoked === undefined ? {} : { revocation: { before: revoked, settleMs } }
    expect(nextStep(held, { now, lifetimes, isTrusted, ...revocation })).toEqual(step)
  })
})

describe('canReplace', () => {
  it.each([
    { served: undefined, trusted: false, may: true, why: 'nothing is served' },
    {
      served: { expiresAt: 11 },
      trusted: false,
      may: false,
      why: 'what is served lives, and this is not trusted',
    },
    { served: { expiresAt: 10 }, trusted: false, may: true, why: 'what is served has expired' },
    { served: { expiresAt: 11 }, trusted: true, may: true, why: 'it is trusted' },
  ])('is $may when $why', ({ served, trusted, may }) => {
    expect(canReplace(served, { issuer: 'a' }, { now: 10, isTrusted: () => trusted })).toBe(may)
  })
})

describe('what is served is trusted', () => {
  const moves = ['read', 'act', 'observe', 'repair'] as const
  const move = fc.record({ replica: fc.nat(2), does: fc.constantFrom(...moves, 'restart', 'all', 'all') })
  const passing = fc.record({ passes: fc.integer({ min: 1, max: 25 }) })
  const usual = [
    { weight: 12, arbitrary: move },
    { weight: 4, arbitrary: passing },
  ] as const
  const lost = { weight: 1, arbitrary: fc.constant('the Secret is lost' as const) }
  type Event = { replica: number; does: string } | { passes: number } | 'the Secret is lost'

  /** Plays the events; `check` sees the cluster and each replica that serves after every one of them. */
  function play(
    event: fc.Arbitrary<Event>,
    check: (cluster: Cluster, replica: Replica, isTrusted: boolean) => void,
  ): void {
    const property = fc.property(fc.array(event, { minLength: 50, maxLength: 500, size: 'max' }), events => {
      const cluster = new Cluster()
      const replicas = [0, 1, 2].map(() => new Replica(cluster))
      for (const event of events) {
        if (event === 'the Secret is lost') cluster.lose()
        else if ('passes' in event) cluster.now += event.passes
        else if (event.does === 'restart') replicas[event.replica] = new Replica(cluster)
        else {
          const steps = event.does === 'all' ? moves : moves.filter(each => each === event.does)
          for (const step of steps) replicas[event.replica]?.[step]()
        }
        for (const replica of replicas) {
          const { served } = replica
          if (!served || served.expiresAt <= cluster.now) replica.wasTrusted = false
          else check(cluster, replica, cluster.trusts(served.issuer))
        }
      }
    })
    fc.assert(property, { numRuns: 300 })
  }

  it('by every bundle that may be in use, for any order of steps and restarts of replicas', () => {
    const issuers = new Set<string>()
    play(fc.oneof(...usual), (cluster, { served }, isTrusted) => {
      cluster.isInUse ||= isTrusted
      if (!cluster.isInUse) return
      expect(isTrusted).toBe(true)
      issuers.add(served?.issuer ?? '')
    })
    // The law has met what it is about.
    expect(issuers.size).toBeGreaterThan(3)
  })

  it('by every bundle that may be in force once it was, even when the Secret is lost', () => {
    let checked = 0
    play(fc.oneof(...usual, lost), (_, replica, isTrusted) => {
      // One that starts just then has nothing else to serve: it is not ready, and gets no calls.
      replica.wasTrusted ||= isTrusted
      if (!replica.wasTrusted) return
      expect(isTrusted).toBe(true)
      checked += 1
    })
    expect(checked).toBeGreaterThan(1_000)
  })
})

describe('a revocation', () => {
  const rounds = fc.array(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), { minLength: 60, maxLength: 60 })
  const restarts = fc.uniqueArray(fc.nat(59), { maxLength: 3 })

  it('leaves one CA that was issued after it, and replicas always use a certificate that every bundle trusts', () => {
    fc.assert(
      fc.property(rounds, fc.integer({ min: 10, max: 20 }), restarts, (orders, revokedAt, restartsAt) => {
        const cluster = new Cluster()
        const replicas = [0, 1, 2].map(() => new Replica(cluster))
        for (const [round, order] of orders.entries()) {
          cluster.now += 1
          if (round === revokedAt) cluster.revokedBefore = cluster.now
          if (restartsAt.includes(round)) replicas[round % 3] = new Replica(cluster)
          for (const i of order)
            for (const step of ['read', 'act', 'observe', 'repair'] as const) replicas[i]?.[step]()
          if (round > 8)
            for (const { served } of replicas) expect(served && cluster.trusts(served.issuer)).toBe(true)
        }
        const { held } = cluster.secret
        expect(held.authorities.map(({ issuedAt }) => issuedAt >= cluster.revokedBefore)).toEqual([true])
        expect(cluster.bundle.ids.map(({ id }) => id)).toEqual([held.serving?.issuer])
        expect(replicas.map(({ served }) => served?.issuer)).toEqual(Array(3).fill(held.serving?.issuer))
      }),
    )
  })
})
