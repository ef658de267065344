import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Api } from '../src/cluster/api/api.ts'
import { nextPods } from '../src/cluster/rollout/budget.ts'
import { findingOf } from '../src/cluster/rollout/findings.ts'
import { podRecords } from '../src/cluster/rollout/pod-records.ts'
import { rolloutViews } from '../src/cluster/rollout/rollout-view.ts'
import { decide } from '../src/engine/decide.ts'
import { live } from '../src/engine/live.fixture.ts'
import { applied } from '../src/engine/patch/apply.ts'
import type { Pod } from '../src/engine/pod.ts'
import type { Acceptance } from '../src/profile/accept/acceptance.ts'
import { collect } from '../src/profile/accept/profiles.ts'
import { readProfile } from '../src/profile/read.ts'
import { rolloutJudge } from '../src/server/rollout-judge.ts'
import { admittedPod } from './pod.ts'

/**
 * Plans a rollout over Pods as the leader does: `node --expose-gc bench/rollout-plan-process.ts COUNT` prints a `Planned` as
 * JSON. The pages are parsed as from an API server, and what is kept of each Pod is its record.
 */
export interface Planned {
  /** The survey after an edit of the profile, until the first Pods are chosen. */
  readonly seconds: number
  readonly cpuSeconds: number
  /** A survey after which no Pod has changed. */
  readonly againSeconds: number
  /** One look at the records: states, numbers, and the Pods whose turn it is. */
  readonly lookMilliseconds: number
  readonly requests: number
  /** The most memory of the process above that at the beginning, and what is kept at the end. */
  readonly mostMegabytes: number
  readonly keptMegabytes: number
  readonly kinds: Readonly<Record<string, number>>
}

const count = Number(process.argv[2])
const namespace = { name: 'shop', labels: {}, annotations: {} }
const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
const text = await readFile(join(import.meta.dirname, '../catalog/log-tail.yaml'), 'utf8')
const [before, after] = ['busybox:1.37', 'busybox:1.38'].map(image => {
  const read = readProfile(parse(text.replace('busybox:1.37', image)))
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.profile
})
const { profiles } = collect([before!])

function liveText(): string {
  const pod = admittedPod({ profiles: ['log-tail'], env: 9 }) as Pod
  const { patch } = decide({ pod, namespace, operation: 'CREATE' }, profiles, cluster)
  const running = live(applied(pod, patch))
  const startedAt = '2026-01-01T00:00:00Z'
  const sidecar = { name: 'log-tail', image: 'docker.io/library/busybox:1.37', started: true, ready: true }
  const status = {
    phase: 'Running',
    startTime: startedAt,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: startedAt }],
    initContainerStatuses: [{ ...sidecar, state: { running: { startedAt } } }],
  }
  const own = { name: '@NAME@', uid: '@UID@', namespace: 'shop', resourceVersion: '1' }
  const metadata = { ...running.metadata, ...own }
  return JSON.stringify({ ...running, metadata, status })
}

const one = liveText()
const metadataPage = 500
const podPage = 50

/** The text of a list, as an API server sends it: 25 Pods of each workload. */
function listText(from: number, size: number, isWhole: boolean): string {
  const pod = isWhole ? one : JSON.stringify({ metadata: (JSON.parse(one) as Pod).metadata })
  const items = Array.from({ length: size }, (_, i) => {
    const number = from + i
    const name = `web-${Math.floor(number / 25)}-6d4f7-${number}`
    return pod.replace('@NAME@', name).replace('@UID@', `uid-${number}`)
  })
  return `[${items.join()}]`
}

let requests = 0
const api: Api = {
  request: () => Promise.reject(new Error('the benchmark has lists only')),
  async *pages(_, call) {
    const isWhole = call?.accept === undefined
    const page = isWhole ? podPage : metadataPage
    for (let from = 0; from < count; from += page) {
      requests += 1
      const items = JSON.parse(listText(from, Math.min(page, count - from), isWhole)) as readonly Pod[]
      yield { items, resourceVersion: '1' }
    }
  },
  watch: () => {
    throw new Error('the benchmark has no watch')
  },
}

const rollout = { update: 'InPlace' } as const
const status = {
  phase: 'Progressing',
  stable: before!.revision,
  canary: after!.revision,
  percent: 100,
} as const
function acceptance(isEdited: boolean): Acceptance {
  const object = { metadata: { name: 'log-tail', uid: '1' }, spec: {}, status: { rollout: status } }
  const canaryOf = () => (isEdited ? { profile: after!, percent: 100 } : undefined)
  const verdict = {
    object,
    accepted: true,
    reason: 'Accepted',
    problems: [],
    inUse: before!,
    profile: { ...before!, rollout },
  } as const
  return { profiles: { ...profiles, canaryOf }, verdicts: new Map([['log-tail', verdict]]) }
}
const current = acceptance(true)
const judge = rolloutJudge({ current: () => current }, cluster)
const records = podRecords(api, {
  judge,
  namespaceOf: () => namespace,
  excludedNamespaces: new Set(),
  time: () => '2026-01-02T03:04:05Z',
  troubled: ({ error }) => {
    throw error
  },
  signal: new AbortController().signal,
})
const views = rolloutViews()

/** One look of the loop. */
function look(): number {
  let chosen = 0
  for (const { rollout: each, pods } of views.of(judge.rollouts(), records.byProfile(), Date.now())) {
    findingOf(pods, each)
    chosen += nextPods(pods, { ...each, free: 10, isProtected: () => false }).length
  }
  return chosen
}

/** Of the process, and of what is in use, in megabytes. */
const memory = () => {
  const { rss, heapUsed } = process.memoryUsage()
  return { whole: rss / 1e6, used: heapUsed / 1e6 }
}
globalThis.gc?.()
const atFirst = memory()
let most = atFirst.whole
const watching = setInterval(() => {
  most = Math.max(most, memory().whole)
}, 10)
const cpu = process.cpuUsage()
const started = performance.now()
await records.survey()
const chosen = look()
const seconds = (performance.now() - started) / 1_000
const { user, system } = process.cpuUsage(cpu)
const sent = requests
if (chosen === 0) throw new Error('no Pod was chosen')
const again = performance.now()
await records.survey()
const againSeconds = (performance.now() - again) / 1_000
const looked = performance.now()
look()
const lookMilliseconds = performance.now() - looked
clearInterval(watching)
globalThis.gc?.()
const kept = [...records.byProfile().values()].flat()
const kinds = Object.entries(Object.groupBy(kept, ({ pod }) => pod.kind))
const planned: Planned = {
  seconds,
  cpuSeconds: (user + system) / 1e6,
  againSeconds,
  lookMilliseconds,
  requests: sent,
  mostMegabytes: most - atFirst.whole,
  keptMegabytes: memory().used - atFirst.used,
  kinds: Object.fromEntries(kinds.map(([kind, of]) => [kind, of.length])),
}
console.log(JSON.stringify(planned))
