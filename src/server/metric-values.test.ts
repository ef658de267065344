import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { createAuthority } from '../../test/apiserver/certificates.ts'
import { attacks } from '../../test/e2e/hostile-user.ts'
import { rolloutCounts } from '../cluster/rollout/rollout-counts.ts'
import { collect } from '../profile/accept/profiles.ts'
import { createApp } from './app.ts'
import { createObjectTelemetry } from './cluster-telemetry.ts'
import { closedReasons } from './connections.ts'
import { takeDuties, type Workplace } from './leader-duties.ts'
import { listen } from './listen.ts'
import { createLog } from './log.ts'
import { createMetrics, declared } from './metrics.ts'
import { readOptions } from './options.ts'
import { createReviewTelemetry } from './review-telemetry.ts'
import { createRolloutTelemetry } from './rollout-telemetry.ts'
import {
  asking,
  call,
  counted,
  eventually,
  issueForLoopback,
  type LogLine,
  loggingProfile,
  metric,
  mutate,
  replaceFile,
  reviewOf,
  startServer,
  type TestServer,
  temporaryDirectory,
  writePair,
} from './server.fixture.ts'

describe('the duration of a request', () => {
  it('is at least what its review takes and at most what its caller waits, in the log and in the metrics', async () => {
    const { cert, key, ca } = await issueForLoopback()
    const lines: LogLine[] = []
    const metrics = createMetrics()
    const app = createApp({
      pair: { cert: Buffer.from(cert), key: Buffer.from(key), expiresAt: new Date() },
      context() {
        const end = performance.now() + workMs
        while (performance.now() < end);
        return {
          profiles: collect([]).profiles,
          cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() },
          namespaceOf: name => ({ name, labels: {}, annotations: {} }),
        }
      },
      nextProfiles: async () => {},
      readiness: [],
      isDraining: () => false,
      account: createReviewTelemetry(
        createLog('info', { write: line => lines.push(JSON.parse(line)) }),
        metrics,
      ),
    })
    onTestFinished(() => app.close())
    const listening = await listen(app, '127.0.0.1', 0)
    if ('problem' in listening) throw new Error(listening.problem)
    const before = performance.now()
    await call({ port: listening.port, ca }, { body: JSON.stringify(reviewOf({})) })
    await call({ port: listening.port, ca }, { body: JSON.stringify(reviewOf(asking)) })
    const waitedMs = performance.now() - before
    const durations = lines.map(({ durationMs }) => Number(durationMs))
    expect(durations).toHaveLength(2)
    for (const duration of durations) expect(duration).toBeGreaterThanOrEqual(workMs)
    const totalMs = durations.reduce((a, b) => a + b)
    expect(totalMs).toBeLessThanOrEqual(waitedMs)
    const { values } = await metrics.duration.get()
    const sampleOf = (suffix: string) => values.find(({ metricName }) => metricName?.endsWith(suffix))?.value
    expect(sampleOf('_count')).toBe(2)
    expect(sampleOf('_sum')).toBeCloseTo(totalMs / 1_000, 4)
    const [fast] = values.filter(({ labels }) => String(Object.values(labels)) === '0.01')
    expect(fast?.value).toBe(0)
  })

  it.each([
    { what: 'a decision', request: { body: JSON.stringify(reviewOf(asking)) } },
    { what: 'a refused request', request: { body: '{' } },
    { what: 'a path that does not exist', request: { path: '/nowhere' } },
    { what: "a profile's review", request: { path: '/validate', body: JSON.stringify(profileReview()) } },
  ])('is more than nothing for $what', async ({ request }) => {
    const server = await startServer()
    await call(server, request)
    const line = server.lines.find(({ outcome }) => outcome)
    expect(line?.['durationMs']).toBeGreaterThan(0)
    expect(line?.['durationMs']).toBeLessThan(10_000)
  })
})

const workMs = 30

describe('every declared metric', () => {
  it('has the value of what was done', async () => {
    const clientCa = join(await temporaryDirectory(), 'client-ca.crt')
    await writeFile(clientCa, (await createAuthority()).cert)
    const server = await startServer({ clientCa })
    const certified = await startServer()
    const set = new Set<string>()
    const has = async (name: string, series: object, of = certified) => {
      set.add(name)
      await eventually(async () =>
        expect(await metric(of, name), `src/server must set ${name}`).toEqual(series),
      )
    }
    const counts = async (name: string, series: object, of = certified) => {
      set.add(name)
      await eventually(async () =>
        expect(await counted(of, name), `src/server must set ${name}`).toEqual(series),
      )
    }

    await mutate(certified, reviewOf(asking))
    await mutate(certified, reviewOf(asking, { dryRun: true }))
    await mutate(certified, reviewOf({ 'pillion.dev/inject': 'loging' }))
    await call(certified, { body: '{' })
    await call(certified, { path: '/validate', body: JSON.stringify(profileReview()) })
    await call(certified, { path: '/warn', body: JSON.stringify(namespaceReview('logging')) })
    await call(certified, { path: '/warn', body: JSON.stringify(namespaceReview('none')) })
    await counts('pillion_admission_requests_total', {
      '{outcome="injected",reason="Injected"}': 2,
      '{outcome="denied",reason="UnknownProfile"}': 1,
      '{outcome="refused",reason="BadRequest"}': 1,
    })
    await has('pillion_admission_duration_seconds_count', { '': 4 })
    await has('pillion_admission_duration_seconds_sum', { '': expect.toSatisfy(sum => sum > 0 && sum < 40) })
    await has('pillion_workload_reviews_total', { '{outcome="clean"}': 1, '{outcome="warned"}': 1 })
    await counts('pillion_profile_reviews_total', { '{outcome="denied",reason="Invalid"}': 1 })
    await has('pillion_injections_total', {
      [`{profile="logging",revision="${revisionIn(certified)}"}`]: 1,
    })
    await has('pillion_profiles', { '': 1 })
    await has('pillion_profiles_hash', {
      '': hashOf(`ClusterSidecarProfile//logging/${revisionIn(certified)}`),
    })
    await has('pillion_build_info', { [`{version="${packageJson.version}"}`]: 1 })
    await has('pillion_profile_problems', { '': 0 })
    await has('pillion_profile_reloads_total', { '{result="success"}': 1, '{result="failure"}': 0 })
    await replaceFile(certified.files.profile, `${loggingProfile}  orders: {}\n`)
    await has('pillion_profile_reloads_total', { '{result="success"}': 1, '{result="failure"}': 1 })
    await has('pillion_profile_problems', { '': 1 })

    const { validTo } = new X509Certificate(certified.ca)
    await has('pillion_certificate_expiry_timestamp_seconds', { '': Date.parse(validTo) / 1_000 })
    // The alert would fire in every installation with a certificate in files.
    expect(await metric(certified, 'pillion_certificate_trusted')).toEqual({})
    await replaceFile(certified.files.key, 'none')
    await has('pillion_certificate_reloads_total', { '{result="success"}': 1, '{result="failure"}': 1 })
    await writePair(certified.files, await issueForLoopback())
    await eventually(async () =>
      expect(await metric(certified, 'pillion_certificate_reloads_total')).toMatchObject({
        '{result="success"}': 2,
      }),
    )

    await replaceFile(clientCa, 'none')
    await has('pillion_client_ca_reloads_total', { '{result="success"}': 0, '{result="failure"}': 1 }, server)
    await replaceFile(clientCa, (await createAuthority()).cert)
    await has('pillion_client_ca_reloads_total', { '{result="success"}': 1, '{result="failure"}': 1 }, server)

    const upload = connect({ host: '127.0.0.1', port: certified.port, rejectUnauthorized: false })
    onTestFinished(() => void upload.destroy())
    upload.write(
      'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":',
    )
    await has('pillion_in_flight_bytes', { '': 9 })
    await has('pillion_connections', {
      '{state="handshake"}': 0,
      '{state="open"}': 1,
      '{state="idle"}': 0,
      '{state="stranger"}': 0,
    })
    upload.write('"b"}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await has('pillion_connections_closed_total', {
      ...Object.fromEntries(closedReasons.map(reason => [`{reason="${reason}"}`, 0])),
      '{reason="pipelining"}': 1,
    })

    const busy = await startServer()
    await sendDearReviews(busy, 20)
    await has('pillion_deferred_requests_total', { '': expect.toSatisfy(n => n >= 1 && n <= 19) }, busy)
    expect(await metric(certified, 'pillion_deferred_requests_total')).toEqual({ '': 0 })

    const names = Object.values(declared).map(({ name }) => name)
    const untested = names.filter(name => !set.has(name) && !set.has(`${name}_sum`))
    const message =
      'src/server/metric-values.test.ts: set each metric and expect its value, here or in the next test'
    expect(untested.toSorted(), message).toEqual(setInACluster.toSorted())
  })

  it('has the value of what a cluster said', async () => {
    const metrics = createMetrics()
    const lines: LogLine[] = []
    const log = createLog('info', { write: line => lines.push(JSON.parse(line)) })
    let lead = (_: boolean) => {}
    let sweeping: Sweeping | undefined
    const workplace: Workplace = {
      lead({ changed }) {
        lead = is => changed?.(is)
        return { isLeader: () => true, ended: Promise.resolve() }
      },
      reportStatuses: () => ({ changed() {}, counted() {}, rolled() {} }),
      rollOut() {},
      sweepRegularly(given) {
        sweeping = given
      },
    }
    const read = readOptions({ name: 'pillion', identity: 'replica-a' }, {})
    if ('problems' in read) throw new Error(read.problems.join())
    takeDuties(workplace, read.options, {
      namespace: 'pillion',
      cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set() },
      namespaceOf: name => ({ name, labels: {}, annotations: {} }),
      profiles: { current: () => collect([]).profiles, readiness: () => undefined },
      isReady: () => true,
      log,
      metrics,
    })
    metrics.watching('profiles', () => 4_500)
    metrics.trusting(() => true)
    metrics.logging(() => 7)
    metrics.configured(() => new Map([['MutatingWebhookConfiguration', false]]))
    createObjectTelemetry(log, metrics)({ kind: 'Pod', key: 'shop/web-1', error: new Error('secret') })
    const valuesOf = async ({ name }: { readonly name: string }) =>
      (await metrics.registry.getSingleMetric(name)?.get())?.values.map(({ labels, value }) => [
        labels,
        value,
      ])
    for (const one of onlyOfTheLeader) {
      expect(await valuesOf(one), one.name).toEqual([])
    }
    lead(true)
    const before = Date.now() / 1_000
    sweeping?.swept({
      durationMs: 1_250,
      pods: 9,
      examined: 5,
      totals: { Missed: 3, Outdated: 2, Denied: 1 },
      shortfalls: [{ namespace: 'shop', kind: 'Missed', count: 3 }],
      blocked: [{ namespace: 'shop', count: 2 }],
      users: new Map(),
    })
    sweeping?.evicted({ namespace: 'shop', name: 'web-1' }, 'protected')

    expect(await valuesOf(declared.leader)).toEqual([[{}, 1]])
    expect(await valuesOf(declared.watchAge)).toEqual([[{ resource: 'profiles' }, 4.5]])
    expect(await valuesOf(declared.certificateTrusted)).toEqual([[{}, 1]])
    expect(await valuesOf(declared.sweepDuration)).toEqual([[{}, 1.25]])
    expect(await valuesOf(declared.droppedLogLines)).toEqual([[{}, 7]])
    expect(await valuesOf(declared.sweepTime)).toEqual([
      [{}, expect.toSatisfy(time => time >= before && time <= Date.now() / 1_000)],
    ])
    expect(await valuesOf(declared.missedPods)).toEqual([[{ resource_namespace: 'shop', kind: 'Missed' }, 3]])
    expect(await valuesOf(declared.blockedWorkloads)).toEqual([[{ resource_namespace: 'shop' }, 2]])
    expect(await valuesOf(declared.webhookConfigured)).toEqual([
      [{ kind: 'MutatingWebhookConfiguration' }, 0],
    ])
    const notZero = async (metric: { readonly name: string }) =>
      (await valuesOf(metric))?.filter(([, value]) => value !== 0)
    expect(await notZero(declared.evictions)).toEqual([[{ result: 'protected' }, 1]])
    expect(await notZero(declared.objectProblems)).toEqual([[{ kind: 'Pod' }, 1]])
    const rollouts = createRolloutTelemetry(log, metrics)
    const pods = { ready: 31, updating: 1, outdated: 5, needsRecreate: 0, failed: 0 }
    rollouts.counted(rolloutCounts([{ name: 'logging', phase: 'Progressing', pods }]))
    const step = { kind: 'images', profile: 'logging', namespace: 'shop', name: 'web-1' } as const
    rollouts.stepped({ ...step, result: 'done', durationMs: 1_500 })
    const logging = { profile: 'logging', resource_namespace: '' }
    expect(await valuesOf(declared.rollouts)).toEqual([[{ ...logging, phase: 'Progressing' }, 1]])
    expect(await valuesOf(declared.rolloutPods)).toEqual(
      Object.entries(pods).map(([state, count]) => [{ ...logging, state }, count]),
    )
    expect(await notZero(declared.rolloutSteps)).toEqual([[{ kind: 'images', result: 'done' }, 1]])
    const durations = await valuesOf(declared.rolloutStepDuration)
    expect(durations).toContainEqual([{ kind: 'images', le: 1 }, 0])
    expect(durations).toContainEqual([{ kind: 'images', le: 2.5 }, 1])
    expect(JSON.stringify(lines)).not.toContain('secret')
    expect(lines).toMatchObject([
      {
        msg: 'Pillion could not handle an object; other objects are not affected',
        kind: 'Pod',
        object: 'shop/web-1',
      },
      { msg: 'leading', identity: 'replica-a' },
      {
        msg: 'swept',
        durationMs: 1_250,
        pods: 9,
        examined: 5,
        missed: 3,
        outdated: 2,
        denied: 1,
        blockedWorkloads: 2,
      },
      { msg: 'missed Pod', namespace: 'shop', name: 'web-1', result: 'protected' },
      { msg: 'rollout', namespace: 'shop', name: 'web-1', result: 'done', durationMs: 1_500 },
    ])
    rollouts.resigned()
    sweeping?.resigned()
    lead(false)
    expect(await valuesOf(declared.leader)).toEqual([[{}, 0]])
    for (const one of onlyOfTheLeader) {
      expect(await valuesOf(one), one.name).toEqual([])
    }
  })
})

describe('a counter', () => {
  it('starts at 0 for each outcome and reason, so that `increase` sees the first event', async () => {
    const text = await createMetrics().registry.metrics()
    const seriesOf = (name: string) => text.match(new RegExp(`^${name}\\{.*\\} \\d+$`, 'gm'))
    const documented = readFileSync('docs/reasons.md', 'utf8').matchAll(
      /^\| (\w+)(?:: [^|]*)? \| (\[.*) \|$/gm,
    )
    const expected = [...documented].flatMap(([, outcome, reasons = '']) =>
      // A replica that is not called counts nothing: only the commands give this reason.
      [...reasons.replace('[NotCalled]', '').matchAll(/\[(\w+)\]/g)].map(
        ([, reason]) => `pillion_admission_requests_total{outcome="${outcome}",reason="${reason}"} 0`,
      ),
    )
    expect(expected.length).toBeGreaterThan(18)
    const others = seriesOf('pillion_admission_requests_total')?.filter(line => line.includes('"refused"'))
    expect(others).toHaveLength(8)
    expect(seriesOf('pillion_admission_requests_total')?.toSorted()).toEqual(
      [...expected, ...(others ?? [])].toSorted(),
    )
    expect(seriesOf('pillion_profile_reviews_total')).toHaveLength(9)
    expect(seriesOf('pillion_evictions_total')).toHaveLength(4)
    expect(seriesOf('pillion_rollout_steps_total')).toHaveLength(20)
    expect(seriesOf('pillion_object_problems_total')).toHaveLength(7)
  })
})

const onlyOfTheLeader = [
  declared.missedPods,
  declared.blockedWorkloads,
  declared.sweepDuration,
  declared.sweepTime,
  declared.rollouts,
  declared.rolloutPods,
]

/** The only ones that the first test does not set: their values are in the second. */
const setInACluster = [
  declared.droppedLogLines,
  declared.watchAge,
  declared.leader,
  declared.missedPods,
  declared.blockedWorkloads,
  declared.sweepDuration,
  declared.sweepTime,
  declared.evictions,
  declared.rollouts,
  declared.rolloutPods,
  declared.rolloutSteps,
  declared.rolloutStepDuration,
  declared.certificateTrusted,
  declared.webhookConfigured,
  declared.objectProblems,
].map(({ name }) => name)

type Sweeping = Parameters<Workplace['sweepRegularly']>[0]

/** One after the other. The first is made at once, and all together take much more time than a namespace may owe. */
async function sendDearReviews(server: TestServer, count: number): Promise<void> {
  const dear = attacks.find(({ what }) => what === '64 expressions that cost as much as one may')
  const profile = { ...dear?.object, kind: 'ClusterSidecarProfile' }
  await replaceFile(join(server.directory, 'hostile.yaml'), JSON.stringify(profile))
  await eventually(async () => expect(await metric(server, 'pillion_profiles')).toEqual({ '': 2 }))
  for (let i = 0; i < count; i++) {
    const { body } = await mutate(server, reviewOf({ 'pillion.dev/inject': 'hostile' }))
    expect(JSON.stringify(body)).toContain('LimitExceeded')
  }
}

function hashOf(profile: string): number {
  return Number(`0x${createHash('sha256').update(`${profile}\n`).digest('hex').slice(0, 12)}`)
}

function revisionIn({ lines }: TestServer): string {
  const [profile] = lines.flatMap(line => (line['profiles'] as readonly string[] | undefined) ?? []).slice(-1)
  return String(profile).split('@')[1] ?? ''
}

function profileReview(): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u2',
      kind: { group: 'pillion.dev', version: 'v1alpha1', kind: 'ClusterSidecarProfile' },
      operation: 'CREATE',
      object: { kind: 'ClusterSidecarProfile', metadata: { name: 'x' }, spec: {} },
    },
  }
}

function namespaceReview(request: string): object {
  const metadata = { name: 'shop', annotations: { 'pillion.dev/inject': request } }
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u3', operation: 'CREATE', object: { apiVersion: 'v1', kind: 'Namespace', metadata } },
  }
}
