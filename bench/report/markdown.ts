import type { Machine } from './machine.ts'
import { type Answer, type Budget, isKept, type Question, type Table } from './question.ts'

export interface Answered {
  readonly name: string
  readonly question: Question
  readonly answer: Answer
  readonly machine: Machine
}

/**
 * The page with the part of each question that was answered written anew; one that has none yet gets it at
 * the end. The other parts stay as they are.
 */
export function updated(page: string, answered: readonly Answered[]): string {
  return answered.reduce((text, one) => {
    const [start, end] = [`<!-- ${one.name} -->`, `<!-- /${one.name} -->`]
    const part = `${start}\n\n${section(one)}\n${end}`
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    return from === -1 || to === -1
      ? `${text.trimEnd()}\n\n${part}\n`
      : `${text.slice(0, from)}${part}${text.slice(to + end.length)}`
  }, page)
}

function section({ name, question, answer, machine }: Answered): string {
  return [
    `## ${question.title}`,
    question.about,
    `\`npm run bench -- ${name}\`, ${machine.description}:`,
    ...answer.tables.map(table => `${table.caption}:\n\n${tableOf(table)}`),
    ...(answer.budgets.length > 0 ? [`Budgets:\n\n${tableOf(budgetTable(answer.budgets))}`] : []),
    '',
  ].join('\n\n')
}

function tableOf({ rows }: Table): string {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: readonly unknown[]) => `| ${cells.map(cell => String(cell ?? '')).join(' | ')} |`
  return [
    line(columns),
    line(columns.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map(row => line(columns.map(column => row[column]))),
  ].join('\n')
}

export function budgetTable(budgets: readonly Budget[]): Table {
  return {
    caption: 'Budgets',
    rows: budgets.map(budget => ({
      budget: budget.what,
      measured: Number(budget.measured.toPrecision(3)),
      limit: `${budget.bound} ${budget.limit}`,
      kept: isKept(budget) ? 'yes' : 'no',
    })),
  }
}
