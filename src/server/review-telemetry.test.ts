import { describe, expect, it } from 'vitest'
import type { Decision } from '../engine/decision.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createReviewTelemetry } from './review-telemetry.ts'
import { asking, call, counted, metric, mutate, reviewOf, startServer } from './server.fixture.ts'

const decisions = (lines: readonly Record<string, unknown>[]) => lines.filter(({ outcome }) => outcome)

describe('the log', () => {
  it('has one line a decision, with whose Pod it was and what became of it', async () => {
    const server = await startServer()
    await mutate(server, reviewOf(asking, { dryRun: true }))
    expect(decisions(server.lines)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        msg: 'decided',
        uid: 'u1',
        operation: 'CREATE',
        dryRun: true,
        namespace: 'shop',
        generateName: 'web-',
        outcome: 'injected',
        reason: 'Injected',
        profiles: [expect.stringMatching(/^logging@[0-9a-f]{10}$/)],
        durationMs: expect.any(Number),
      },
    ])
  })

  it.each([
    { what: 'an injected Pod', annotations: { ...asking, note: 'open sesame' } },
    { what: 'an unknown profile', annotations: { 'pillion.dev/inject': 'open sesame' } },
    {
      what: 'a bad parameter',
      annotations: { ...asking, 'pillion.dev/logging.level': 'open sesame' },
    },
    { what: 'a forged status', annotations: { ...asking, 'pillion.dev/status': '{"a": open sesame' } },
  ])('says nothing of what is in $what', async ({ annotations }) => {
    const server = await startServer()
    await mutate(server, reviewOf(annotations))
    const text = JSON.stringify(server.lines)
    expect(decisions(server.lines)).toHaveLength(1)
    expect(text).not.toContain('open sesame')
    expect(text).not.toContain('swordfish')
    expect(text).not.toContain('web:1')
  })

  it('says of a refused call what was wrong, in field paths', async () => {
    const server = await startServer()
    await mutate(server, reviewOf({}, { object: { spec: { containers: [{ name: 'a', image: 7 }] } } }))
    expect(decisions(server.lines)).toMatchObject([
      {
        level: 'warn',
        outcome: 'refused',
        reason: 'BadRequest',
        message: 'request.object.spec.containers[0].image must be a string',
      },
    ])
  })

  it('names each profile of a decision once', () => {
    const lines: string[] = []
    const account = createReviewTelemetry(
      createLog('info', { write: line => lines.push(line) }),
      createMetrics(),
    )
    const logFields = { uid: 'u1', operation: 'CREATE', dryRun: false, namespace: 'shop' }
    const slow = { name: 'slow', revision: 'abc', outcome: 'denied', reason: 'RequirementNotMet' } as const
    const profiles = Array.from({ length: 200 }, () => ({ ...slow, message: '', parameters: [] }))
    const decision = { outcome: 'denied', reason: 'RequirementNotMet', message: '', warnings: [], patch: [] }
    account({ logFields, decision: { ...decision, profiles } as Decision }, 1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ profiles: ['slow@abc'] })
  })

  it('says of a bug where it is, and not its message, which may quote a Pod', async () => {
    const lines: string[] = []
    const account = createReviewTelemetry(
      createLog('info', { write: line => lines.push(line) }),
      createMetrics(),
    )
    account({ failure: new TypeError('"open sesame" is not valid\n    open sesame') }, 1)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      outcome: 'failed',
      reason: 'InternalError',
      error: 'TypeError',
      at: expect.arrayContaining([expect.stringContaining('review-telemetry.test.ts')]),
    })
    expect(lines[0]).not.toContain('sesame')
  })
})

describe('the review of a profile', () => {
  const reviewed = {
    logFields: {
      uid: 'u1',
      operation: 'UPDATE',
      dryRun: false,
      kind: 'SidecarProfile',
      namespace: 'shop',
      name: 'logging',
    },
    review: { outcome: 'denied', reason: 'Invalid', message: 'spec.containers[0].env[0]: open sesame' },
  } as const

  it('has one line, without what is wrong with the profile, and a count of its own', async () => {
    const lines: string[] = []
    const metrics = createMetrics()
    createReviewTelemetry(createLog('info', { write: line => lines.push(line) }), metrics)(reviewed, 1.5)
    expect(lines.map(line => JSON.parse(line))).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        msg: 'profile reviewed',
        uid: 'u1',
        operation: 'UPDATE',
        dryRun: false,
        kind: 'SidecarProfile',
        namespace: 'shop',
        name: 'logging',
        outcome: 'denied',
        reason: 'Invalid',
        durationMs: 1.5,
      },
    ])
    expect((await metrics.profileReviews.get()).values.filter(({ value }) => value !== 0)).toEqual([
      { labels: { outcome: 'denied', reason: 'Invalid' }, value: 1 },
    ])
    expect((await metrics.requests.get()).values.filter(({ value }) => value !== 0)).toEqual([])
  })
})

describe('the metrics', () => {
  it('count every call once: all outcomes together are the total', async () => {
    const server = await startServer()
    const calls = [
      () => mutate(server, reviewOf(asking)),
      () => mutate(server, reviewOf(asking)),
      () => mutate(server, reviewOf({})),
      () => mutate(server, reviewOf({ 'pillion.dev/inject': 'none' })),
      () => mutate(server, reviewOf({ 'pillion.dev/inject': 'loging' })),
      () => mutate(server, {}),
      () => call(server, { body: '{' }),
      () => call(server, { method: 'DELETE' }),
      () => call(server, { path: '/%ff' }),
      () => call(server, { path: '/' }),
    ]
    for (const one of calls) await one()
    const requests = await counted(server, 'pillion_admission_requests_total')
    expect(requests).toEqual({
      '{outcome="injected",reason="Injected"}': 2,
      '{outcome="skipped",reason="NotRequested"}': 1,
      '{outcome="skipped",reason="OptedOut"}': 1,
      '{outcome="denied",reason="UnknownProfile"}': 1,
      '{outcome="refused",reason="BadRequest"}': 3,
      '{outcome="refused",reason="MethodNotAllowed"}': 1,
      '{outcome="refused",reason="NotFound"}': 1,
    })
    expect(await metric(server, 'pillion_admission_duration_seconds_count')).toEqual({ '': calls.length })
  })

  it('count injections by profile and revision, without dry runs', async () => {
    const server = await startServer()
    await mutate(server, reviewOf(asking))
    await mutate(server, reviewOf(asking, { dryRun: true }))
    await mutate(server, reviewOf({ 'pillion.dev/inject': 'loging' }))
    expect(Object.entries(await metric(server, 'pillion_injections_total'))).toEqual([
      [expect.stringMatching(/^\{profile="logging",revision="[0-9a-f]{10}"\}$/), 1],
    ])
  })

  it('are to be had on their own port only', async () => {
    const server = await startServer()
    expect(await call(server, { method: 'GET', path: '/metrics' })).toMatchObject({ status: 404 })
  })

  it('say when the certificate expires', async () => {
    const server = await startServer()
    const { '': expiry = 0 } = await metric(server, 'pillion_certificate_expiry_timestamp_seconds')
    const hours = (expiry - Date.now() / 1_000) / 3_600
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThan(25)
  })
})
