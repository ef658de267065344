import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { columns } from '../../src/cli/output/columns.ts'
import { seedOf } from '../seed.ts'
import { type Kind, kinds, makeCase, perRound } from './cases.ts'
import { openLab } from './lab.ts'
import { randomOf } from './random.ts'
import { type Case, pack } from './step.ts'
import { run, type Trial } from './trial.ts'

// `npm run fuzz`: hostile Pods, profiles, texts and bytes for a replica in a process of its own, until the time is
// over, or for so many rounds, which have the same cases in the same order on every machine. A case that breaks a rule is run once more, on a new replica; if it does so again it is a finding, and its
// input is written to test/fuzz/findings/. The n-th case of a kind depends on the seed and n alone. The last line
// counts the cases.
const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    cases: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(seedOf(process.env)) },
    only: { type: 'string', multiple: true },
    keep: { type: 'string', default: join(import.meta.dirname, 'findings') },
  },
})

interface Tally {
  /** How long its cases took. */
  ms: number
  cases: number
  findings: number
  /** Cases that broke a rule once, and not again. */
  notRepeated: number
  cpuMs: number
  megabytes: number
}

const seed = Number(values.seed) >>> 0
const rounds = Number(values.rounds ?? Infinity)
const seconds = Number(values.seconds ?? (values.rounds ? Infinity : 60))
const startAt = performance.now()
const endAt = startAt + seconds * 1_000
const chosen = kinds().filter(kind => !values.only || values.only.includes(kind))
if (chosen.length === 0) throw new Error(`--only takes one of: ${kinds().join(', ')}`)
const tallies = new Map<Kind, Tally>(
  chosen.map(kind => [kind, { ms: 0, cases: 0, findings: 0, notRepeated: 0, cpuMs: 0, megabytes: 0 }]),
)
const directory = await mkdtemp(join(tmpdir(), 'pillion-fuzz-'))
await mkdir(values.keep, { recursive: true })
const program = join(import.meta.dirname, '../../dist/pillion.js')
const lab = await openLab({ directory, program })
process.stdout.write(`fuzz: seed ${seed}, ${values.rounds ? `${rounds} rounds` : `${seconds} s`}\n`)
try {
  await lab.warm()
  let left = Number(values.cases)
  for (const [kind, tally] of inRounds()) {
    if (left-- <= 0 || performance.now() > endAt) break
    await tryCase(kind, tally, (seed + tally.cases) % 2 ** 32)
  }
} finally {
  await lab.close()
  await rm(directory, { recursive: true, force: true })
}
report()

function* inRounds(): Generator<readonly [Kind, Tally]> {
  for (let round = 0; round < rounds; round++)
    for (const each of tallies) for (let i = 0; i < perRound[each[0]]; i++) yield each
}

async function tryCase(kind: Kind, tally: Tally, caseSeed: number): Promise<void> {
  const start = performance.now()
  const one = makeCase(kind, randomOf(caseSeed))
  const first = await run(one, lab)
  // What a busy machine or a cold compiler did is not done twice. Only a new replica has nothing kept of the first time.
  const second = first.violations.length > 0 ? await runAgain(one) : first
  tally.cases += 1
  tally.ms += performance.now() - start
  tally.cpuMs = Math.max(tally.cpuMs, Math.min(first.cpuMs, second.cpuMs))
  tally.megabytes = Math.max(tally.megabytes, Math.min(first.megabytes, second.megabytes))
  if (first.violations.length === 0) return
  const isFinding = second.violations.length > 0
  const why = (isFinding ? second : first).violations.slice(0, 5).join('; ')
  const say = (what: string) =>
    process.stdout.write(`${what}: ${kind}, seed ${caseSeed}: ${why.slice(0, 500)}\n`)
  if (!isFinding) {
    tally.notRepeated += 1
    say('not repeated')
    return
  }
  tally.findings += 1
  const file = join(values.keep, `${kind.replaceAll(' ', '-')}-${caseSeed}.json`)
  await writeFile(file, pack(one, why))
  say('finding')
  process.stdout.write(`  kept as ${file}\n`)
}

async function runAgain(one: Case): Promise<Trial> {
  await lab.replica.end()
  lab.replica = await lab.start()
  await lab.warm()
  return run(one, lab)
}

function report(): void {
  const all = [...tallies.values()]
  const sum = (member: 'cases' | 'findings' | 'ms') => all.reduce((total, tally) => total + tally[member], 0)
  const aSecond = (cases: number, ms: number) => (cases / Math.max(ms / 1_000, 0.001)).toFixed(1)
  const rows = [...tallies].map(([kind, { ms, cases, findings, notRepeated, cpuMs, megabytes }]) => [
    kind,
    String(cases),
    aSecond(cases, ms),
    String(findings),
    String(notRepeated),
    String(cpuMs),
    String(Math.round(megabytes)),
  ])
  const header = ['CASES OF', 'RUN', 'A SECOND', 'FINDINGS', 'NOT REPEATED', 'MOST CPU MS', 'MOST MB']
  process.stdout.write(`\n${columns([header, ...rows])}\n`)
  const [failed, total] = [sum('findings'), sum('cases')]
  process.stdout.write(`${total} cases, ${aSecond(total, performance.now() - startAt)} a second\n`)
  process.stdout.write(`fuzz: ${total - failed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
}
