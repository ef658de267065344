import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type RolloutPod, rolloutPod } from '../src/cluster/rollout/rollout-pod.ts'
import { decide } from '../src/engine/decide.ts'
import { live } from '../src/engine/live.fixture.ts'
import { applied } from '../src/engine/patch/apply.ts'
import type { Pod } from '../src/engine/pod.ts'
import { updateTo } from '../src/engine/update/update-to.ts'
import { collect } from '../src/profile/accept/profiles.ts'
import { readProfile } from '../src/profile/read.ts'
import { admittedPod } from './pod.ts'

/**
 * Plans a rollout over Pods: `node --expose-gc bench/rollout-plan-process.ts COUNT` prints a `Planned` as JSON. As in a
 * replica, a page of Pods is parsed, and what is kept of each is its record.
 */
export interface Planned {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The most memory of the process above that at the beginning, and what is kept at the end. */
  readonly mostMegabytes: number
  readonly keptMegabytes: number
  readonly kinds: Readonly<Record<string, number>>
}

const count = Number(process.argv[2])
const page = 500
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
  return JSON.stringify(live(applied(pod, patch)))
}

const one = liveText()
/** Of the process, and of what is in use, in megabytes. */
const memory = () => {
  const { rss, heapUsed } = process.memoryUsage()
  return { whole: rss / 1e6, used: heapUsed / 1e6 }
}
globalThis.gc?.()
const atFirst = memory()
let most = atFirst.whole
const cpu = process.cpuUsage()
const started = performance.now()
const kept: RolloutPod[] = []
for (let from = 0; from < count; from += page) {
  const size = Math.min(page, count - from)
  const list = JSON.parse(`[${Array.from({ length: size }, () => one).join()}]`) as readonly Pod[]
  for (const [i, listed] of list.entries()) {
    const metadata = {
      ...listed.metadata,
      name: `web-${from + i}`,
      uid: `uid-${from + i}`,
      namespace: 'shop',
    }
    const pod = { ...listed, metadata }
    const update = updateTo({ pod, namespace }, before!, after!, profiles, cluster, {
      at: '2026-01-02T03:04:05Z',
    })
    const { from: revision, to: due, kind } = update
    kept.push(rolloutPod(pod, { revision, due, kind, containers: ['log-tail'] }))
  }
  most = Math.max(most, memory().whole)
}
const seconds = (performance.now() - started) / 1_000
const { user, system } = process.cpuUsage(cpu)
globalThis.gc?.()
const kinds = Object.entries(Object.groupBy(kept, ({ kind }) => kind))
const planned: Planned = {
  seconds,
  cpuSeconds: (user + system) / 1e6,
  mostMegabytes: most - atFirst.whole,
  keptMegabytes: memory().used - atFirst.used,
  kinds: Object.fromEntries(kinds.map(([kind, of]) => [kind, of.length])),
}
console.log(JSON.stringify(planned))
