import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * `npm run mutate`: changes the code that decides in thousands of small ways, one at a time, and runs the unit tests on each. A
 * change that no test notices is a survivor. `npm run mutate -- src/engine/order` does a part. Results are kept, also those of
 * a run that is interrupted: another run tries only what is new, and survivors that a new test reaches. Writes the scores of a
 * part that is complete into test/mutation/README.md.
 */
const deciding = ['src/admission', 'src/engine', 'src/profile']
const root = join(import.meta.dirname, '..')
const reportFile = join(root, 'reports/stryker-incremental.json')
const scoresFile = join(root, 'test/mutation/scores.json')
const page = join(root, 'test/mutation/README.md')

/** Of the mutants in a folder. A mutant is ignored if its code runs only while modules load. */
interface Score {
  readonly mutants: number
  readonly killed: number
  readonly survived: number
  readonly uncovered: number
  readonly ignored: number
  readonly date: string
}

// Takes long, and has no hurry, unless the caller says how much.
if (getPriority() === constants.priority.PRIORITY_NORMAL)
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const parts = process.argv.slice(2)
for (const part of parts.length > 0 ? parts : deciding) {
  const status = await stryker(part)
  if (status !== 0) {
    process.exitCode = 1
    break
  }
  const scores = { ...storedScores(), ...scoresOf(part) }
  writeFileSync(scoresFile, `${JSON.stringify(scores, null, 2)}\n`)
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(scores)))
}

function stryker(part: string): Promise<number> {
  const path = existsSync(join(root, part)) ? part : `${part}.ts`
  const files = statSync(join(root, path)).isDirectory() ? `${path}/**/*.ts` : path
  const mutate = [files, '!src/**/*.test.ts', '!src/**/*.fixture.ts'].join()
  return new Promise((resolve, reject) => {
    spawn('stryker', ['run', 'test/mutation/stryker.json', '--mutate', mutate], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PILLION_MUTATED: deciding.find(top => path.startsWith(top)) },
    })
      .once('error', reject)
      .once('close', code => resolve(code ?? 1))
  })
}

function storedScores(): Readonly<Record<string, Score>> {
  return existsSync(scoresFile) ? JSON.parse(readFileSync(scoresFile, 'utf8')) : {}
}

/** By folder, of all that the report has in or above a part. */
function scoresOf(part: string): Readonly<Record<string, Score>> {
  const { files } = JSON.parse(readFileSync(reportFile, 'utf8')) as {
    files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>
  }
  const byFolder = Map.groupBy(Object.keys(files), dirname)
  const date = new Date().toISOString().slice(0, 10)
  return Object.fromEntries(
    [...byFolder]
      .filter(([folder]) => `${folder}/`.startsWith(`${part}/`) || part.startsWith(`${folder}/`))
      .map(([folder, names]) => {
        const statuses = names.flatMap(name => files[name]?.mutants.map(({ status }) => status) ?? [])
        const count = (...of: readonly string[]) => statuses.filter(status => of.includes(status)).length
        const killed = count('Killed', 'Timeout')
        const survived = count('Survived')
        const uncovered = count('NoCoverage')
        const ignored = count('Ignored')
        return [
          folder,
          { mutants: killed + survived + uncovered, killed, survived, uncovered, ignored, date },
        ]
      }),
  )
}

function tableOf(scores: Readonly<Record<string, Score>>): string {
  const folders = Object.keys(scores).sort()
  const groups = deciding.flatMap(top => {
    const own = folders.filter(folder => `${folder}/`.startsWith(`${top}/`))
    const all = own.map(folder => scores[folder]!)
    if (all.length === 0) return []
    const sum = (of: (score: Score) => number) => all.reduce((total, score) => total + of(score), 0)
    const total: Score = {
      mutants: sum(score => score.mutants),
      killed: sum(score => score.killed),
      survived: sum(score => score.survived),
      uncovered: sum(score => score.uncovered),
      ignored: sum(score => score.ignored),
      date: all.map(({ date }) => date).sort()[0]!,
    }
    return [row(`**${top}, all**`, total), ...own.map(folder => row(`\`${folder}\``, scores[folder]!))]
  })
  return [
    '| Folder | Mutants | Killed | Survived | Not reached | Ignored | Score | Date |',
    '|---|---|---|---|---|---|---|---|',
    ...groups,
  ].join('\n')
}

function row(name: string, { mutants, killed, survived, uncovered, ignored, date }: Score): string {
  const score = mutants === 0 ? '' : `${((100 * killed) / mutants).toFixed(1)} %`
  return `| ${[name, mutants, killed, survived, uncovered, ignored, score, date].join(' | ')} |`
}

function withTable(text: string, table: string): string {
  const [before = '', after = ''] = text.split(/(?<=<!-- scores -->\n)[\s\S]*?(?=<!-- end -->)/)
  return `${before}\n${table}\n\n${after}`
}
