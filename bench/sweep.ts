import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../src/cluster/api/api.ts'
import { podEvents } from '../src/cluster/sweep/pod-event.ts'
import { type Examiner, sweepOnce } from '../src/cluster/sweep/sweep.ts'
import { injectInto } from '../src/engine/decide.fixture.ts'
import { mayBeMissed, missed } from '../src/engine/missed.ts'
import type { Pod } from '../src/engine/pod.ts'
import { catalogDirectory, readProfiles } from '../src/server/profile-directory.ts'
import { type ApiServer, startApiServer } from '../test/apiserver/apiserver.ts'
import { apiFor } from '../test/apiserver/client.ts'
import type { Address } from '../test/apiserver/connection.ts'
import { podFor } from '../test/apiserver/pods.ts'

/**
 * Can the sweep look at a large cluster? 50,000 Pods of 2 KB on a real API server, in ten namespaces. In nine
 * of them every tenth Pod asks, and every fifth of those was missed; the tenth is enabled and asks for all of
 * its Pods. A process of its own sweeps, as a replica does: once as it is, Events among it, and once as if every
 * Pod asked, so that all of them are read and decided about.
 *
 *     node bench/sweep.ts           PODS=5000 node bench/sweep.ts           NODE_FLAGS= node bench/sweep.ts
 */
const podCount = Number(process.env['PODS'] ?? 50_000)
const namespaceCount = 10
const enabledNamespace = 'team-9'
const parallel = 16
// What Node takes by itself in a container of 384 MiB, which is the limit in deploy/deployment.yaml.
const nodeFlags = process.env['NODE_FLAGS'] ?? '--max-old-space-size=256 --max-semi-space-size=1'
const tickMs = 5

interface Result {
  readonly seconds: number
  readonly rssBeforeMb: number
  readonly rssPeakMb: number
  readonly requests: number
  readonly pods: number
  readonly examined: number
  readonly found: number
  readonly longestPauseMs: number
}

const { profiles } = await readProfiles(catalogDirectory())
if (process.send) await replica()
else await bench()

async function bench(): Promise<void> {
  const server = await startApiServer()
  try {
    const createMs = await timed(() => fill(server))
    console.log(`${podCount} Pods created in ${(createMs / 1_000).toFixed(1)} s`)
    console.table({
      'one pass': row(await swept(server, false)),
      'if all asked': row(await swept(server, true)),
    })
    console.log('budget: 60 s, and 100 MB more than before')
  } finally {
    await server.stop()
  }
}

function row({ seconds, rssBeforeMb, rssPeakMb, longestPauseMs, ...counts }: Result) {
  return {
    seconds: seconds.toFixed(1),
    ...counts,
    'RSS before, MB': rssBeforeMb,
    'at its peak': rssPeakMb,
    growth: rssPeakMb - rssBeforeMb,
    // For so long a call of the webhook would have waited.
    'longest pause, ms': longestPauseMs.toFixed(0),
  }
}

async function fill({ request, createNamespace }: ApiServer): Promise<void> {
  for (let i = 0; i < namespaceCount; i++) await createNamespace(`team-${i}`)
  const numbers = Array.from({ length: podCount }, (_, i) => i).values()
  async function work(): Promise<void> {
    for (const i of numbers) {
      const path = `/api/v1/namespaces/team-${i % namespaceCount}/pods`
      const { status, body } = await request('POST', path, podNumbered(i))
      if (status !== 201) throw new Error(JSON.stringify(body))
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
}

function podNumbered(i: number): object {
  const turn = Math.floor(i / namespaceCount)
  const isAsking = turn % 10 === 0 && `team-${i % namespaceCount}` !== enabledNamespace
  const note = { 'example.com/note': 'x'.repeat(1_400) }
  const annotations = { ...note, ...(isAsking && { 'pillion.dev/inject': 'log-tail' }) }
  const pod = podFor(`web-${i}`, { annotations, controller: { kind: 'ReplicaSet', name: 'web' } }) as Pod
  return isAsking && turn % 50 !== 0 ? injectInto(pod, profiles) : pod
}

/** A process that has nothing to do but this. */
async function swept({ url, ca, token }: ApiServer, isAllAsking: boolean): Promise<Result> {
  const child = fork(import.meta.filename, { execArgv: nodeFlags.split(' ').filter(Boolean) })
  child.send({ url, ca, token, isAllAsking })
  const [result] = (await once(child, 'message')) as [Result]
  await once(child, 'exit')
  return result
}

async function replica(): Promise<void> {
  const [task] = (await once(process, 'message')) as [Address & { isAllAsking: boolean }]
  const counted = counting(apiFor(task))
  const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
  const enabled: Readonly<Record<string, string>> = { 'pillion.dev/inject': 'enabled' }
  const asked: Readonly<Record<string, string>> = { 'pillion.dev/inject': 'log-tail' }
  const namespaceOf = (name: string) => ({
    name,
    labels: name === enabledNamespace || task.isAllAsking ? enabled : {},
    annotations: name === enabledNamespace || task.isAllAsking ? asked : {},
  })
  const examiner: Examiner = {
    mayMatter: (pod, namespace) => mayBeMissed(pod as Pod, namespace),
    examine: (pod, namespace) => missed({ pod: pod as Pod, namespace }, profiles, cluster),
  }
  const { signal } = new AbortController()
  const failed = (reason: string) => console.error(reason)
  const events = podEvents(counted.api, { identity: 'bench', failed, signal })
  events.begin()
  // A replica that has served for a while has compiled its code and opened its connection.
  const options = { examiner, namespaceOf, excludedNamespaces: new Set<string>(), failed, signal }
  await sweepOnce(counted.api, { ...options, namespace: 'default', found: () => {} })
  await sleep(1_000)

  const watch = watchMemory()
  const start = performance.now()
  const before = counted.requests()
  const { pods, examined, shortfalls } = await sweepOnce(counted.api, { ...options, found: events.say })
  const seconds = (performance.now() - start) / 1_000
  const { rssBeforeMb, rssPeakMb, longestPauseMs } = watch.stop()
  const requests = counted.requests() - before
  const result: Result = {
    seconds,
    requests,
    pods,
    examined,
    found: shortfalls.total(),
    rssBeforeMb,
    rssPeakMb,
    longestPauseMs,
  }
  process.send?.(result, () => process.exit())
}

/** Every request, a page of a list as one. */
function counting(api: Api): { readonly api: Api; readonly requests: () => number } {
  let count = 0
  return {
    requests: () => count,
    api: {
      ...api,
      request(method, path, call) {
        count += 1
        return api.request(method, path, call)
      },
      async *pages(path, call) {
        for await (const page of api.pages(path, call)) {
          count += 1
          yield page
        }
      },
    },
  }
}

function watchMemory() {
  const rssMb = () => Math.round(process.memoryUsage.rss() / 1e6)
  const rssBeforeMb = rssMb()
  let rssPeakMb = rssBeforeMb
  let longestPauseMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    rssPeakMb = Math.max(rssPeakMb, rssMb())
    const now = performance.now()
    longestPauseMs = Math.max(longestPauseMs, now - last - tickMs)
    last = now
  }, tickMs)
  return {
    stop() {
      clearInterval(timer)
      return { rssBeforeMb, rssPeakMb, longestPauseMs }
    },
  }
}

async function timed(action: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}
