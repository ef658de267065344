import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Pod } from '../../../src/engine/pod.ts'
import { startOtherWebhook } from '../../apiserver/other-webhook.ts'
import { type MisbehavingProxy, startProxy } from '../../apiserver/proxy.ts'
import type { Sample } from '../samples.ts'
import { edit } from './edits.ts'
import { itBears, useWorld } from './fault.ts'
import { startLateSocket } from './late-socket.ts'
import type { World } from './world.ts'

const world = useWorld({
  flags: ['--etcd-compaction-interval=1s'],
  // The API server then needs several connections, so that the two calls for a Pod often reach two replicas.
  networkMs: 20,
})

/** A second API server with the same etcd, which may learn of everything later. Replicas watch it through a proxy. */
let late: Awaited<ReturnType<typeof startLateSocket>>
let proxy: MisbehavingProxy
let url: string
beforeAll(async () => {
  const { server, directory } = world()
  const socket = join(directory, 'late.sock:0')
  late = await startLateSocket(socket, server.etcdSocket)
  const other = await server.another([`--etcd-servers=unix://${socket}`])
  proxy = await startProxy({ ...server, url: other })
  url = String((await proxy.access()).server)
})
afterAll(() => {
  proxy.stop()
  late.stop()
})

itBears(world, [
  {
    name: 'etcd is compacted every second while the watches of a replica break',
    wishes: () => ({ url }),
    async inflict(_, world) {
      const open = new AsyncDisposableStack()
      open.use(edit(world))
      const timer = setInterval(() => proxy.watches(response => response.destroy()), 1_500)
      open.defer(() => clearInterval(timer))
      return open
    },
  },
  {
    name: 'a replica watches an API server that is half a second behind, while a profile is edited',
    wishes: () => ({ url }),
    judge: ({ plans }) => ({ ...plans, find: (sample, pod) => plans.find(scanned(sample, pod), pod) }),
    async inflict(_, world) {
      late.lag(500)
      const open = new AsyncDisposableStack()
      open.defer(() => late.lag(0))
      open.use(edit(world))
      open.use(await scanner(world))
      return open
    },
  },
])

/** A webhook after Pillion that adds a container, so that the API server calls Pillion twice: perhaps two replicas. */
async function scanner({ server }: World): Promise<AsyncDisposable> {
  const { configuration, stop } = await startOtherWebhook({
    name: 'scanner',
    change: pod =>
      pod.spec?.containers?.some(({ name }) => name === container.name)
        ? []
        : [{ op: 'add', path: '/spec/containers/-', value: container }],
  })
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  expect((await server.request('POST', path, configuration)).status).toBe(201)
  const open = new AsyncDisposableStack()
  open.defer(async () => {
    await server.request('DELETE', `${path}/scanner`)
    stop()
  })
  return open
}

/** The sample as if its author had written the container of the scanner, if the Pod has it. */
function scanned(sample: Sample, { spec }: Pod): Sample {
  const has = spec?.containers?.some(({ name }) => name === container.name)
  if (!has) return sample
  const { spec: own, ...pod } = sample.pod
  const containers = [...(own?.containers ?? []), container]
  return { ...sample, name: `scanned-${sample.name}`, pod: { ...pod, spec: { ...own, containers } } }
}

const container = { name: 'scanner', image: 'example/scanner:1' }
