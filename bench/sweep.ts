import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { catalogDirectory, readProfiles } from '../src/server/profile-directory.ts'
import { startApiServer } from '../test/apiserver/apiserver.ts'
import type { Budget, Question, Table } from './report/question.ts'
import { fill } from './sweep/cluster.ts'
import type { Swept, Task } from './sweep/replica.ts'

const podCount = Number(process.env['PODS'] ?? 50_000)
// What Node takes by itself in a container of 384 MiB, which is the limit in deploy/base/deployment.yaml.
const nodeFlags = process.env['NODE_FLAGS'] ?? '--max-old-space-size=256 --max-semi-space-size=1'

export const question: Question = {
  title: 'Can the sweep look at a large cluster?',
  about: `${podCount.toLocaleString('en')} Pods of 2 KB at a real API server, in ten namespaces. In nine of them every tenth Pod asks, and every fifth of
those was missed; the tenth asks for all of its Pods. A process of its own, with the heap that Node takes in a container of
384 MiB, sweeps once as they are, Events among it, and once as if every Pod asked, so that all of them are read and decided
about. The API server and etcd have the same cores. \`PODS=5000\` makes a smaller cluster, \`NODE_FLAGS=\` gives Node another
heap.`,
  async measure() {
    const { profiles } = await readProfiles(catalogDirectory())
    const cluster = await startApiServer()
    try {
      await fill(cluster, podCount, profiles)
      const { url, ca, token } = cluster
      const passes = {
        'one pass': await sweptBy({ url, ca, token, isAllAsking: false }),
        'if all asked': await sweptBy({ url, ca, token, isAllAsking: true }),
      }
      const named = Object.entries(passes)
      return {
        tables: [{ caption: 'A sweep', rows: named.map(([pass, swept]) => row(pass, swept)) }],
        budgets: named.flatMap(([pass, swept]) => budgetsOf(pass, swept)),
      }
    } finally {
      await cluster.stop()
    }
  },
}

/** By a process that has nothing to do but this. */
async function sweptBy(task: Task): Promise<Swept> {
  const execArgv = nodeFlags.split(' ').filter(Boolean)
  const child = fork(join(import.meta.dirname, 'sweep/replica.ts'), { execArgv })
  child.send(task)
  const exited = once(child, 'exit')
  const died = exited.then(([code]) => {
    throw new Error(`the process that sweeps ended with ${code}`)
  })
  const [swept] = (await Promise.race([once(child, 'message'), died])) as [Swept]
  await exited
  return swept
}

function row(pass: string, swept: Swept): Table['rows'][number] {
  const { seconds, requests, pods, examined, found, rssBeforeMb, rssPeakMb, longestPauseMs } = swept
  return {
    pass,
    seconds: seconds.toFixed(1),
    requests,
    Pods: pods,
    'read in full': examined,
    found,
    'RSS before, MB': rssBeforeMb,
    'at its peak': rssPeakMb,
    'longest pause, ms': longestPauseMs.toFixed(0),
  }
}

function budgetsOf(pass: string, { seconds, rssBeforeMb, rssPeakMb }: Swept): readonly Budget[] {
  return [
    { what: `${pass}, in seconds`, measured: seconds, bound: 'at most', limit: 60 },
    { what: `${pass}, MB more than before`, measured: rssPeakMb - rssBeforeMb, bound: 'at most', limit: 100 },
  ]
}
