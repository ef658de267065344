import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onThisMachine } from './report/machine.ts'
import { type Answered, budgetTable, updated } from './report/markdown.ts'
import { isKept, type Question } from './report/question.ts'

/**
 * Answers the questions named, or all of them, one after the other: a table each on stdout, and JSON in
 * bench/results/.
 *
 *     npm run bench                       npm run bench -- server steady --long
 *     npm run bench -- --check            fails where a budget is not kept
 *     npm run bench -- --update           writes docs/performance.md anew
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean' }, check: { type: 'boolean' }, update: { type: 'boolean' } },
})
const directory = import.meta.dirname
const page = join(directory, '../docs/performance.md')

const known = (await readdir(directory))
  .filter(file => file.endsWith('.ts') && file !== 'main.ts')
  .map(file => file.slice(0, -'.ts'.length))
const unknown = positionals.filter(name => !known.includes(name))
if (unknown.length > 0) {
  console.error(`no benchmark is named ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}

const answered: Answered[] = []
for (const name of positionals.length > 0 ? positionals : known) answered.push(await answerTo(name))
if (values.update) await writeFile(page, updated(await readFile(page, 'utf8'), answered))
const exceeded = answered.flatMap(({ answer }) => answer.budgets.filter(budget => !isKept(budget)))
if (values.check && exceeded.length > 0) {
  console.error(`not kept: ${exceeded.map(({ what }) => what).join('; ')}`)
  process.exitCode = 1
}

async function answerTo(name: string): Promise<Answered> {
  const { question }: { question: Question } = await import(`./${name}.ts`)
  console.log(`\n${name}: ${question.title}`)
  const { result: answer, machine } = await onThisMachine(() =>
    question.measure({ isLong: values.long ?? false }),
  )
  for (const { caption, rows } of answer.tables) {
    console.log(`\n${caption}`)
    console.table(rows)
  }
  if (answer.budgets.length > 0) console.table(budgetTable(answer.budgets).rows)
  await mkdir(join(directory, 'results'), { recursive: true })
  await writeFile(
    join(directory, 'results', `${name}.json`),
    `${JSON.stringify({ ...answer, machine }, null, 2)}\n`,
  )
  return { name, question, answer, machine }
}
