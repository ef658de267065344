import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hostileSpecs } from '../src/profile/profile-worst.fixture.ts'
import { hostileExpressions } from '../src/template/cel/worst.fixture.ts'
import { hostilePatterns } from './limits/patterns.ts'
import type { Budget, Question, Table } from './report/question.ts'

export const question: Question = {
  title: 'What does the worst within the limits cost?',
  about: [
    'Expressions, regular expressions and profiles that each take as much as the limits let them, one in a process of',
    'its own with the heap settings of the image, once and cold: the time of the processor, and by how much the peak of',
    'the memory grew. The cases are what a search by hand found dearest; the unit tests count their units.',
  ].join('\n'),
  async measure() {
    const expressions = await measured('expression', Object.keys(hostileExpressions))
    const patterns = await measured('pattern', Object.keys(hostilePatterns))
    const profiles = await measured('profile', Object.keys(hostileSpecs))
    return {
      tables: [
        tableOf('One evaluation', expressions),
        tableOf('Compiling one regular expression', patterns),
        tableOf('Reading one profile', profiles),
      ],
      budgets: [
        ...within('an evaluation', expressions, { ms: 50, mb: 25 }),
        ...within('compiling a regular expression', patterns, { ms: 100, mb: 25 }),
        ...within('reading a profile', profiles, { ms: 250, mb: 50 }),
      ],
    }
  },
}

interface Measured {
  readonly name: string
  readonly ms: number
  readonly mb: number
}

const run = promisify(execFile)
const program = join(import.meta.dirname, 'limits/process.ts')
const asInTheImage = ['--max-old-space-size=256', '--max-semi-space-size=8']

async function measured(kind: string, names: readonly string[]): Promise<readonly Measured[]> {
  const all: Measured[] = []
  for (const name of names) {
    const { stdout } = await run(process.execPath, [...asInTheImage, program, kind, name], {
      timeout: 60_000,
    })
    all.push({ name, ...(JSON.parse(stdout) as Omit<Measured, 'name'>) })
  }
  return all.toSorted((a, b) => b.ms - a.ms)
}

const shown = 8

function tableOf(caption: string, all: readonly Measured[]): Table {
  return {
    caption: `${caption}: the dearest of ${all.length}`,
    rows: all
      .slice(0, shown)
      .map(({ name, ms, mb }) => ({ case: name, ms: ms.toFixed(0), MB: mb.toFixed(1) })),
  }
}

function within(what: string, all: readonly Measured[], most: { ms: number; mb: number }): readonly Budget[] {
  const worst = (unit: 'ms' | 'mb') => Math.max(...all.map(one => one[unit]))
  return [
    { what: `ms of ${what}`, measured: worst('ms'), bound: 'at most', limit: most.ms },
    { what: `MB of ${what}`, measured: worst('mb'), bound: 'at most', limit: most.mb },
  ]
}
