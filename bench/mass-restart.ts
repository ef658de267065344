import { withApiServer } from './cluster/api-server.ts'
import { type Container, withContainer } from './cluster/container.ts'
import { type Creation, create } from './cluster/creation.ts'
import { askingPod } from './cluster/pods.ts'
import { installCatalog } from './cluster/profiles.ts'
import { register, webhooksFor } from './cluster/registration.ts'
import type { Measured } from './load/load.ts'
import type { Answer, Question } from './report/question.ts'

const limits = { memoryMiB: 128, cpus: 1 }
const restart: Creation = { clients: 32, count: 2_000, seconds: 120, isStored: true }

export const question: Question = {
  title: 'Does one small replica stand a mass restart?',
  about: [
    `${restart.count} Pods that ask for a profile are created, and stored, by ${restart.clients} clients as fast as the API server takes`,
    `them, with one replica: the image in a container of ${limits.cpus} CPU and ${limits.memoryMiB} MiB without swap (Docker), as in a Pod of`,
    'the cluster with the watches running. A call that fails or takes longer than 5 s refuses its Pod, and counts as failed;',
    'so does a Pod that is not injected. Beside it are as many Pods without a webhook.',
  ].join('\n'),
  measure: () =>
    withApiServer(async server => {
      await installCatalog(server)
      const pod = askingPod()
      await server.createNamespace('without')
      const plain = { namespace: 'without', pod, isInjected: false }
      // Of an API server that has just started the first second is slow.
      await create(server, plain, { ...restart, isStored: false })
      const without = await create(server, plain, restart)
      return withContainer(server, limits, async container => {
        await server.createNamespace(namespace)
        await register(server, namespace, await webhooksFor(namespace, container))
        const injected = await create(server, { namespace, pod, isInjected: true }, restart)
        return answerOf(without, injected, container)
      })
    }),
}

const namespace = 'restarted'

async function answerOf(without: Measured, injected: Measured, container: Container): Promise<Answer> {
  const { peakMiB, rssPeakMiB, oomKills } = await container.memory()
  const cpuMs = await container.cpuMs()
  const row = ({ requests, errors, seconds, perSecond, p50, p99, max }: Measured) => ({
    Pods: requests,
    failed: errors,
    seconds: seconds.toFixed(1),
    'creations/s': perSecond.toFixed(0),
    'p50, ms': p50.toFixed(0),
    'p99, ms': p99.toFixed(0),
    'max, ms': max.toFixed(0),
  })
  return {
    tables: [
      {
        caption: 'Creations',
        rows: [
          { '': 'no webhook', ...row(without) },
          { '': 'one replica', ...row(injected) },
        ],
      },
      {
        caption: 'The replica, from its start to the end',
        rows: [
          {
            'peak of the container, MiB': peakMiB.toFixed(0),
            'peak RSS of the process, MiB': rssPeakMiB.toFixed(0),
            'killed for memory': oomKills,
            'CPU, s': (cpuMs / 1_000).toFixed(1),
          },
        ],
      },
    ],
    budgets: [
      { what: 'Pods that failed', measured: injected.errors, bound: 'at most', limit: 0 },
      {
        what: 'Pods that were injected',
        measured: injected.requests - injected.errors,
        bound: 'at least',
        limit: restart.count,
      },
      { what: 'killed for memory', measured: oomKills, bound: 'at most', limit: 0 },
    ],
  }
}
