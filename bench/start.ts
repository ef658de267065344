import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from '../test/apiserver/apiserver.ts'
import { installCustomResources } from '../test/apiserver/custom-resources.ts'
import { certificateIn } from '../test/process/certificate.ts'
import { imageIn } from '../test/process/image.ts'
import { barePod } from './cluster-scale/bare-pod.ts'
import { create, namespaceCreations, profileCreations } from './cluster-scale/objects.ts'
import { podOf, startPillion } from './cluster-scale/pod.ts'
import { catalogProfiles, variedProfiles } from './cluster-scale/profile.ts'
import { type Starts, startRow, starts } from './cluster-scale/starts.ts'
import { waysToStart } from './cluster-scale/ways.ts'
import type { Budget, Question } from './report/question.ts'
import { median } from './samples/quantile.ts'

const profileCount = Number(process.env['PROFILES'] ?? 1_000)
const namespaceCount = Number(process.env['NAMESPACES'] ?? 10_000)
const large = `${profileCount.toLocaleString('en')} more profiles, ${namespaceCount.toLocaleString('en')} namespaces`

export const question: Question = {
  title: 'How long does a replica take to start, and what memory does it need?',
  about: `From the start of the process to the answer to its first review, which a Pod gets only when the profiles and
the namespaces are known and watched: the bundle of \`dist/\` (\`npm run build\`) as in a Pod, at a real API server, with
the environment that the image sets. Beside it, A B A B, a bundle of Fastify and the informer of
\`@kubernetes/client-node\` that lists and watches the namespaces and answers every review alike, with the same environment
and a compile cache of its own. Medians, and half of the middle range. Memory is what a process has that had nothing to do
for six seconds. \`DIST=…/dist\` measures another bundle, \`NODE_FLAGS\` further flags of Node.`,
  async measure({ isLong }) {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-start-'))
    const cluster = await startApiServer()
    try {
      await installCustomResources(cluster)
      const [certificate, image] = [await certificateIn(directory), await imageIn(directory)]
      const pod = await podOf(cluster, { directory, certificate, image })
      const variants = { bare: await barePod(pod, directory), pillion: () => startPillion(pod) }
      const { ca } = certificate
      await create(cluster, profileCreations(await catalogProfiles()))
      const few = await starts(variants, { ca, rounds: isLong ? 25 : 9, idleRounds: 3 })
      await create(cluster, profileCreations(await variedProfiles(profileCount)))
      await create(cluster, namespaceCreations(namespaceCount))
      const many = await starts(variants, { ca, rounds: isLong ? 9 : 3, idleRounds: 1 })
      const ways = await starts(waysToStart(certificate, image), {
        ca,
        rounds: isLong ? 9 : 5,
        idleRounds: 1,
      })
      return {
        tables: [
          {
            caption: 'In a cluster',
            rows: [
              startRow('Fastify and client-node', few.bare),
              startRow('Pillion, the catalog', few.pillion),
              startRow(`Fastify and client-node, ${large}`, many.bare),
              startRow(`Pillion, ${large}`, many.pillion),
            ],
          },
          {
            caption: 'In no cluster, with the catalog: what the environment of the image is good for',
            rows: Object.entries(ways).map(([way, started]) => startRow(way, started)),
          },
        ],
        budgets: [
          ratio('start to first review, of Fastify and client-node', few, ({ ms }) => ms),
          ratio('RSS idle, of Fastify and client-node', few, ({ idleMb }) => idleMb),
        ],
      }
    } finally {
      await cluster.stop()
      await rm(directory, { recursive: true })
    }
  },
}

function ratio(
  what: string,
  { bare, pillion }: Readonly<Record<'bare' | 'pillion', Starts>>,
  samples: (starts: Starts) => readonly number[],
): Budget {
  return { what, measured: median(samples(pillion)) / median(samples(bare)), bound: 'at most', limit: 1.3 }
}
