import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { createLatencies, type Latencies } from './latencies.ts'
import { type Plans, revisionsIn } from './plans.ts'
import { type Sample, sampleNamespaces, samples } from './samples.ts'
import { judged, type Verdict } from './verdict.ts'

/** How long a fault takes: FAULT_SECONDS. */
export const faultSeconds = Number(process.env['FAULT_SECONDS'] ?? 60)

export interface Loaded {
  readonly created: number
  readonly counts: Readonly<Record<Verdict, number>>
  /** The first ten creations of each verdict that is not `ok`, one line each. */
  readonly bad: readonly string[]
  /** When the last creation failed, in seconds after the start; undefined if none did. */
  readonly lastFailure?: number
  readonly latencies: Latencies
  /** Number of Pods that got a revision, by `PROFILE REVISION`. */
  readonly revisions: ReadonlyMap<string, number>
}

export interface Load {
  /** Ends the load, waits for the last answers, and removes the stored Pods. */
  stop(): Promise<Loaded>
  /** What happened so far. */
  soFar(): Loaded
}

export interface LoadOptions {
  readonly perSecond?: number
  /** One in this number of creations is stored, and deleted at once; the others are dry runs. */
  readonly storedEvery?: number
  readonly of?: readonly Sample[]
}

/**
 * Creates the samples in turn, 50 Pods a second, whether or not earlier ones were answered. It needs the namespaces of
 * `sampleNamespaces`, and holds at most 200 requests and ten messages, however long it runs.
 */
export function startLoad(
  api: Api,
  plans: Plans,
  { perSecond = 50, storedEvery = 5, of = samples }: LoadOptions = {},
): Load {
  const counts: Record<Verdict, number> = { ok: 0, failed: 0, without: 0, wrong: 0, unavailable: 0 }
  const bad: string[] = []
  const latencies = createLatencies()
  const revisions = new Map<string, number>()
  const open = new Set<Promise<void>>()
  const startMs = performance.now()
  let created = 0
  let lastFailure: number | undefined
  let isRunning = true

  async function create(number: number): Promise<void> {
    const sample = of[number % of.length] as Sample
    const isStored = Math.floor(number / of.length) % storedEvery === 0
    const name = `${sample.name}-${number}`
    const path = `/api/v1/namespaces/${sample.namespace.name}/pods`
    // A Pod without a controller is its own workload, by this name: each sample is ten workloads.
    const generateName = `${sample.name}-${Math.floor(number / of.length) % 10}-`
    const body = { ...sample.pod, metadata: { ...sample.pod.metadata, name, generateName } }
    const sentMs = performance.now()
    const response = await api.request('POST', path, { body, ...(!isStored && { query: { dryRun: 'All' } }) })
    const tookMs = performance.now() - sentMs
    latencies.add(tookMs)
    const { verdict, message } = judged(sample, response, plans)
    counts[verdict]++
    if (verdict === 'failed') lastFailure = (sentMs + tookMs - startMs) / 1_000
    if (verdict !== 'ok' && counts[verdict] <= mostBad) {
      bad.push(
        `after ${seconds(sentMs - startMs)}, ${name}, ${verdict} within ${seconds(tookMs)}: ${message}`,
      )
    }
    if (!response.ok) return
    for (const [profile, revision] of Object.entries(revisionsIn(response.body))) {
      const key = `${profile} ${revision}`
      revisions.set(key, (revisions.get(key) ?? 0) + 1)
    }
    if (isStored) await api.request('DELETE', `${path}/${name}`, { query: { gracePeriodSeconds: 0 } })
  }

  async function run(): Promise<void> {
    while (isRunning) {
      const due = Math.floor(((performance.now() - startMs) * perSecond) / 1_000)
      while (created < due && open.size < mostOpen) {
        const creation = create(created++).finally(() => open.delete(creation))
        open.add(creation)
      }
      await sleep(10)
    }
    await Promise.all(open)
    const query = { labelSelector: 'app=load', gracePeriodSeconds: 0 }
    for (const { name } of Object.values(sampleNamespaces)) {
      await api.request('DELETE', `/api/v1/namespaces/${name}/pods`, { query })
    }
  }
  const running = run()

  const soFar = () => ({
    ...{ created, counts, bad, latencies, revisions },
    ...(lastFailure !== undefined && { lastFailure }),
  })
  return {
    soFar,
    async stop() {
      isRunning = false
      await running
      return soFar()
    },
  }
}

const mostBad = 10
const mostOpen = 200

/** Every Pod was created, and is as planned. */
export function expectNothingLost({ created, counts, bad }: Loaded): void {
  expect(bad).toEqual([])
  expect(counts).toEqual({ ok: created, failed: 0, without: 0, wrong: 0, unavailable: 0 })
  expect(created).toBeGreaterThan(100)
}

/**
 * Some creations failed, because a replica could not be reached, and for no other reason. No Pod was created that is not as
 * planned.
 */
export function expectOnlyUnreached({ created, counts, bad }: Loaded): void {
  expect(bad.filter(line => !unreached.test(line))).toEqual([])
  expect(counts).toEqual({
    ok: created - counts.failed,
    failed: counts.failed,
    ...{ without: 0, wrong: 0, unavailable: 0 },
  })
  expect(counts.ok).toBeGreaterThan(100)
}

/** Some creations failed, because of the API server itself, and for no other reason. No Pod was created that is not as planned. */
export function expectOnlyUnavailable({ created, counts, bad }: Loaded): void {
  expect(bad.filter(line => !/ unavailable within /.test(line))).toEqual([])
  expect(counts).toEqual({
    ok: created - counts.unavailable,
    unavailable: counts.unavailable,
    ...{ failed: 0, without: 0, wrong: 0 },
  })
  expect(counts.ok).toBeGreaterThan(100)
}

const unreached =
  /failed calling webhook .*(connection reset by peer|broken pipe|connection refused|EOF|i\/o timeout|no route to host|deadline exceeded)/

/** The numbers of a load, as the table of docs/reliability.md has them. */
export function numbersOf({ created, counts, latencies, lastFailure }: Loaded): string {
  const { failed, without, wrong, unavailable } = counts
  const api =
    unavailable > 0 ? `, ${unavailable} that the API server did not answer or refused by itself` : ''
  const until = lastFailure === undefined ? '' : ` (the last after ${Math.round(lastFailure)} s)`
  return (
    `${created} Pods: ${failed} failed${until}, ${without} without a sidecar, ${wrong} wrong${api}; ` +
    `p50 ${latencies.atMs(0.5)} ms, p99 ${latencies.atMs(0.99)} ms, longest ${latencies.atMs(1)} ms`
  )
}

/** Creates the namespaces of the samples. */
export async function createSampleNamespaces(api: Api): Promise<void> {
  for (const metadata of Object.values(sampleNamespaces)) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata } as unknown as JsonObject
    const response = await api.request('POST', '/api/v1/namespaces', { body })
    if (!response.ok) throw new Error(response.message)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
