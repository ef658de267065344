import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { columns } from '../../src/cli/columns.ts'
import { type Kind, kinds, makeCase } from './cases.ts'
import { openLab } from './lab.ts'
import { randomOf } from './random.ts'
import { pack } from './step.ts'
import { type Lab, run, type Trial } from './trial.ts'

// `npm run fuzz`: hostile Pods, profiles, texts and bytes for a replica in a process of its own, until the time is
// over. A case that breaks a rule is run once more; if it does so again it is a finding, and its input is written
// to test/fuzz/findings/. The last line counts the cases.
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    only: { type: 'string', multiple: true },
    keep: { type: 'string', default: join(import.meta.dirname, 'findings') },
  },
})

interface Tally {
  /** How long its cases took, so that each kind gets the same time. */
  ms: number
  cases: number
  findings: number
  cpuMs: number
  megabytes: number
}

const seed = Number(values.seed)
const endAt = performance.now() + Number(values.seconds) * 1_000
const chosen = kinds().filter(kind => !values.only || values.only.includes(kind))
const tallies = new Map<Kind, Tally>(
  chosen.map(kind => [kind, { ms: 0, cases: 0, findings: 0, cpuMs: 0, megabytes: 0 }]),
)
const directory = await mkdtemp(join(tmpdir(), 'pillion-fuzz-'))
await mkdir(values.keep, { recursive: true })
const program = join(import.meta.dirname, '../../dist/pillion.js')
const lab = await openLab({ directory, program })
process.stdout.write(`fuzz: seed ${seed}, ${values.seconds} s\n`)
try {
  for (let i = 0; performance.now() < endAt; i++) {
    const kind = leastTried()
    await tryCase(kind, seed + i, lab)
  }
} finally {
  await lab.close()
  await rm(directory, { recursive: true, force: true })
}
report()

function leastTried(): Kind {
  const [first] = [...tallies].sort(([, a], [, b]) => a.ms - b.ms)
  return (first as [Kind, Tally])[0]
}

async function tryCase(kind: Kind, caseSeed: number, lab: Lab): Promise<void> {
  const start = performance.now()
  const one = makeCase(kind, randomOf(caseSeed))
  let trial = await run(one, lab)
  // What a busy machine or a cold compiler did is not done twice.
  if (trial.violations.length > 0) trial = least(trial, await run(one, lab))
  const tally = tallies.get(kind) as Tally
  tally.cases += 1
  tally.ms += performance.now() - start
  tally.cpuMs = Math.max(tally.cpuMs, trial.cpuMs)
  tally.megabytes = Math.max(tally.megabytes, trial.megabytes)
  if (trial.violations.length === 0) return
  tally.findings += 1
  const why = trial.violations.slice(0, 5).join('; ')
  const file = join(values.keep, `${kind.replaceAll(' ', '-')}-${caseSeed}.json`)
  await writeFile(file, pack(one, why))
  process.stdout.write(`finding: ${kind}, seed ${caseSeed}: ${why.slice(0, 500)}\n  kept as ${file}\n`)
}

function least(first: Trial, second: Trial): Trial {
  return second.violations.length === 0 ? second : first
}

function report(): void {
  const rows = [...tallies].map(([kind, { cases, findings, cpuMs, megabytes }]) => [
    kind,
    String(cases),
    String(findings),
    String(cpuMs),
    String(Math.round(megabytes)),
  ])
  process.stdout.write(`\n${columns([['CASES OF', 'RUN', 'FINDINGS', 'MOST CPU MS', 'MOST MB'], ...rows])}\n`)
  const all = [...tallies.values()]
  const failed = all.reduce((sum, { findings }) => sum + findings, 0)
  const total = all.reduce((sum, { cases }) => sum + cases, 0)
  process.stdout.write(`fuzz: ${total - failed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
}
