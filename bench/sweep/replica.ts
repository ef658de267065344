import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../../src/cluster/api/api.ts'
import { podEvents } from '../../src/cluster/sweep/pod-event.ts'
import { type Examiner, sweepOnce } from '../../src/cluster/sweep/sweep.ts'
import { mayBeMissed, missed } from '../../src/engine/missed.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { catalogDirectory, readProfiles } from '../../src/server/profile-directory.ts'
import { apiFor } from '../../test/apiserver/client.ts'
import type { Address } from '../../test/apiserver/connection.ts'
import { enabledNamespace } from './cluster.ts'
import { watchMemory } from './memory.ts'

/** A cluster to sweep once, as it is or as if every Pod of it asked: what this process, of bench/sweep.ts, is sent. */
export type Task = Address & { readonly isAllAsking: boolean }

/** What it sends back. */
export interface Swept {
  readonly seconds: number
  /** A page of a list is one. */
  readonly requests: number
  readonly pods: number
  /** Read in full, and decided about. */
  readonly examined: number
  readonly found: number
  readonly rssBeforeMb: number
  readonly rssPeakMb: number
  /** For so long a call of the webhook would have waited. */
  readonly longestPauseMs: number
}

const [task] = (await once(process, 'message')) as [Task]
process.send?.(await sweep(task), () => process.exit())

async function sweep({ isAllAsking, ...address }: Task): Promise<Swept> {
  const { profiles } = await readProfiles(catalogDirectory())
  const counted = counting(apiFor(address))
  const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
  const enabled: Readonly<Record<string, string>> = { 'pillion.dev/inject': 'enabled' }
  const asked: Readonly<Record<string, string>> = { 'pillion.dev/inject': 'log-tail' }
  const namespaceOf = (name: string) => {
    const isEnabled = isAllAsking || name === enabledNamespace
    return { name, labels: isEnabled ? enabled : {}, annotations: isEnabled ? asked : {} }
  }
  const examiner: Examiner = {
    mayMatter: (pod, namespace) => mayBeMissed(pod as Pod, namespace),
    examine: (pod, namespace) => missed({ pod: pod as Pod, namespace }, profiles, cluster),
    isCalled: () => ({ outcome: 'called', because: 'nothing is in the way' }),
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
  const requests = counted.requests() - before
  return { seconds, requests, pods, examined, found: shortfalls.total(), ...watch.stop() }
}

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
