import { createLatencies, type Latencies } from '../test/faults/latencies.ts'
import { imageIn } from '../test/process/image.ts'
import { memoryOf } from '../test/process/memory.ts'
import { startReplica } from '../test/process/replica.ts'
import { freePort } from '../test/process/server.ts'
import type { Asked } from './candidates.ts'
import { type Load, loadEach } from './load.ts'
import { pods, reviewOf } from './reviews.ts'
import { catalogProfiles, clusterFor, createAll, profilesPath } from './start.ts'
import { conditions, printTable } from './tables.ts'

const perSecond = 500
const sliceSeconds = 20

/** The memory of the replica after this number of reviews, at the end of a slice of a phase. */
interface Sample {
  readonly phase: Phase
  readonly reviews: number
  readonly rssMb: number
  /** The least that the heap held since the sample before: what is left after a garbage collection. */
  readonly liveMb: number
}

/** What a replica did in one phase. */
interface Phase {
  readonly name: string
  readonly latencies: Latencies
  reviews: number
  failed: number
  seconds: number
}

/** Does a replica in a cluster grow, and does it become slower, under a steady load? */
export async function steady({ long }: Asked): Promise<void> {
  await using started = new AsyncDisposableStack()
  const { directory, cluster, kubeconfig, certificate } = await clusterFor(started)
  await createAll(cluster, profilesPath, await catalogProfiles())
  const image = await imageIn(directory)
  const metricsPort = await freePort()
  const flags = { 'metrics-port': metricsPort }
  const replica = await startReplica({ certificate, image, source: { kubeconfig }, flags })
  started.defer(() => replica.end())

  const { ca } = certificate
  // One in ten is large, and one in ten asks for much.
  const [ordinary, ...others] = (['5 KB', '50 KB', '5 KB, five profiles'] as const).map(name =>
    reviewOf(pods[name]),
  )
  const body = [...Array.from({ length: 8 }, () => ordinary ?? ''), ...others]
  const samples: Sample[] = []
  let reviews = 0
  const run = async (phase: Phase, pace: Load['pace']) => {
    const start = performance.now()
    const how = { url: `${replica.url}/mutate`, ca, body, pace, seconds: sliceSeconds }
    let liveMb = Number.POSITIVE_INFINITY
    const looking = setInterval(async () => {
      liveMb = Math.min(liveMb, await heapMb(metricsPort))
    }, 500)
    const { requests, failed } = await loadEach(how, phase.latencies.add).finally(() =>
      clearInterval(looking),
    )
    phase.seconds += Math.min((performance.now() - start) / 1_000, sliceSeconds)
    phase.reviews += requests
    phase.failed += failed
    reviews += requests
    const { rssMb } = await memoryOf(replica.pid)
    samples.push({ phase, reviews, rssMb, liveMb })
    console.error(
      `${reviews} reviews, RSS ${rssMb.toFixed(1)} MB, heap ${liveMb.toFixed(1)} MB, ${conditions()}`,
    )
  }

  const paced = phaseOf(`${perSecond} reviews a second`)
  const most = phaseOf('8 clients as fast as they get answers')
  const [pacedSeconds, inAll] = long ? [600, 1_000_000] : [sliceSeconds * 2, perSecond * sliceSeconds * 4]
  // The caches fill, and the optimizer compiles what a review needs. Under the heaviest load that follows: more requests at
  // a time need more memory, which is no growth.
  const warmUp = phaseOf('warm-up')
  while (reviews < inAll / 10) await run(warmUp, { clients: 8 })
  while (paced.seconds < pacedSeconds) await run(paced, { perSecond })
  while (reviews < inAll) await run(most, { clients: 8 })
  printTable(
    'Reviews by a replica in a cluster: eight in ten of 5 KB, one of 50 KB, and one of 5 KB with five profiles',
    [paced, most].map(({ name, latencies, reviews, failed, seconds }) => ({
      '': name,
      reviews: reviews.toLocaleString('en'),
      'not answered within 10 s': failed.toLocaleString('en'),
      'reviews/s': (reviews / seconds).toFixed(0),
      'p50, ms': String(latencies.atMs(0.5)),
      'p99, ms': String(latencies.atMs(0.99)),
      'p99.9, ms': String(latencies.atMs(0.999)),
      'longest, ms': String(latencies.atMs(1)),
    })),
  )
  const memory = { 'resident memory': 'rssMb', 'heap after a garbage collection': 'liveMb' } as const
  const spans = [
    { during: 'all of it', of: [warmUp, paced, most] },
    { during: 'without the warm-up', of: [paced, most] },
    ...[paced, most].map(phase => ({ during: phase.name, of: [phase] })),
  ]
  printTable(
    `Memory of the replica: ${reviews.toLocaleString('en')} reviews, ${warmUp.reviews.toLocaleString('en')} of them the warm-up`,
    Object.entries(memory).flatMap(([name, member]) =>
      spans.map(({ during, of }) => {
        const points = samples
          .filter(({ phase }) => of.includes(phase))
          .map(sample => ({ x: sample.reviews / 1e6, y: sample[member] }))
        return {
          '': `${name}, ${during}`,
          'first, MB': `${points[0]?.y.toFixed(1)}`,
          'last, MB': `${points.at(-1)?.y.toFixed(1)}`,
          'most, MB': Math.max(...points.map(({ y }) => y)).toFixed(1),
          'growth, MB per million reviews': slopeOf(points).toFixed(2),
        }
      }),
    ),
  )
}

function phaseOf(name: string): Phase {
  return { name, latencies: createLatencies(), reviews: 0, failed: 0, seconds: 0 }
}

/** What `process.memoryUsage().heapUsed` says, from the metrics. */
async function heapMb(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]) / 1_048_576
}

/** Of the line of least squares. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(point => point.x), mean(point => point.y)]
  return mean(point => (point.x - x) * (point.y - y)) / mean(point => (point.x - x) ** 2)
}
