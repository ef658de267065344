import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json, JsonObject } from '../src/json/json.ts'
import { readProfile } from '../src/profile/read.ts'
import { startApiServer } from '../test/apiserver/apiserver.ts'
import { installCustomResources } from '../test/apiserver/custom-resources.ts'
import { bodyOf } from './bodies/bodies.ts'
import { clientOf } from './cluster-scale/client.ts'
import { editorOf } from './cluster-scale/edits.ts'
import { idle } from './cluster-scale/idle.ts'
import { create, profileCreations } from './cluster-scale/objects.ts'
import { type Phase, phaseOf, phaseRow } from './cluster-scale/phase.ts'
import { podOf, startPillion } from './cluster-scale/pod.ts'
import { variedProfiles } from './cluster-scale/profile.ts'
import { certificateIn } from './process/certificate.ts'
import { imageIn } from './process/image.ts'
import type { Question, Table } from './report/question.ts'
import { quantile } from './samples/quantile.ts'

const profileCount = Number(process.env['PROFILES'] ?? 1_000)
const reviewsPerSecond = 200
const editsPerSecond = 5

export const question: Question = {
  title: 'How soon is a changed profile in force, and what does a change cost requests?',
  about: `With ${profileCount.toLocaleString('en')} profiles at a real API server, and the bundle of \`dist/\` (\`npm run build\`) as in a Pod. A change is in
force when a Pod gets what is new: the time from the API server's answer to the edit until then, one edit after the other,
asked every millisecond. Then ${reviewsPerSecond} reviews of 5 KB a second are due for ten seconds, without and with ${editsPerSecond} edits a second, A B A B;
their latency counts from when they were due. The statuses that the replica writes after each edit are among the cost, and
so is that the API server, etcd and the load generator have the same cores.`,
  async measure({ isLong }) {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-change-'))
    const cluster = await startApiServer()
    try {
      await installCustomResources(cluster)
      const profiles = await variedProfiles(profileCount)
      await create(cluster, profileCreations(profiles))
      const [firstCompileMs = 0, ...compileMs] = profiles.map(compile)
      const [certificate, image] = [await certificateIn(directory), await imageIn(directory)]
      const { ca } = certificate
      const server = await startPillion(await podOf(cluster, { directory, certificate, image }))
      const client = clientOf(server, ca)
      try {
        await idle(server.pid)
        const editor = editorOf(cluster, profiles.map(nameOf))
        const inForceMs = await editor.inForceMs(client, isLong ? 1_000 : 200)
        await idle(server.pid)
        const [quiet, edited]: [Phase[], Phase[]] = [[], []]
        const body = bodyOf('5 KB', [nameOf(profiles.at(-2) ?? {})])
        const phase = () => phaseOf(server, { ca, body, perSecond: reviewsPerSecond })
        await phase()
        for (let round = 0; round < (isLong ? 9 : 3); round++) {
          quiet.push(await phase())
          const { result, edits } = await editor.editing(editsPerSecond, phase)
          edited.push({ ...result, edits })
        }
        return {
          tables: [
            {
              caption: 'A change, in ms',
              rows: [
                row('edit to in force', inForceMs),
                row('compile', compileMs),
                row('compile, the first of all', [firstCompileMs]),
              ],
            },
            {
              caption: `${reviewsPerSecond} reviews a second`,
              rows: [phaseRow('no edits', quiet), phaseRow(`${editsPerSecond} edits a second`, edited)],
            },
          ],
          budgets: [
            {
              what: 'edit to in force, p99 in ms',
              measured: quantile(inForceMs, 0.99),
              bound: 'at most',
              limit: 1_000,
            },
            {
              what: 'compile of a profile, p99 in ms',
              measured: quantile(compileMs, 0.99),
              bound: 'at most',
              limit: 5,
            },
          ],
        }
      } finally {
        client.close()
        await server.end()
      }
    } finally {
      await cluster.stop()
      await rm(directory, { recursive: true })
    }
  },
}

function row(what: string, samples: readonly number[]): Table['rows'][number] {
  const at = (share: number) => quantile(samples, share).toFixed(1)
  return { what, samples: samples.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

function compile(profile: Json): number {
  const start = performance.now()
  const read = readProfile(profile)
  const ms = performance.now() - start
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return ms
}

function nameOf({ metadata }: JsonObject): string {
  return String((metadata as JsonObject | undefined)?.['name'])
}
