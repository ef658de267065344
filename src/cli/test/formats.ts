import { counted } from '../../problems/counted.ts'
import { oneLine } from '../../problems/one-line.ts'
import { coloured } from '../output/coloured-diff.ts'
import type { CaseResult, Status } from './case-result.ts'
import { coverageLines } from './coverage.ts'
import { junit } from './junit.ts'
import type { Report } from './report.ts'

/** The results in each format of `-o`. */
export const formats = { text, json, junit } as const

function text({ results, coverage }: Report, isColoured: boolean): string {
  const lines = results.map(({ folder, kubernetesVersion, status, file, messages, warnings, diff = '' }) => {
    const what =
      status === 'updated'
        ? `${oneLine(folder)}: wrote ${oneLine(file)}`
        : `${oneLine(folder)} (Kubernetes ${kubernetesVersion})`
    const details = [...messages, ...warnings]
      .flatMap(message => message.split('\n'))
      .map(line => `  ${line}\n`)
    return `${status}: ${what}\n${details.join('')}${isColoured ? coloured(diff) : diff}`
  })
  const gaps = coverageLines(coverage).map(line => `${line}\n`)
  return `${lines.join('')}${gaps.join('')}${summaryOf(results)}\n`
}

/** `5 cases passed, 1 case failed` */
function summaryOf(results: readonly CaseResult[]): string {
  const byStatus = Map.groupBy(results, ({ status }) => status)
  const order: readonly Status[] = ['passed', 'updated', 'failed', 'invalid']
  return order
    .flatMap(status => {
      const count = byStatus.get(status)?.length ?? 0
      const verb = status === 'invalid' ? (count === 1 ? 'is invalid' : 'are invalid') : status
      return count === 0 ? [] : `${counted(count, 'case')} ${verb}`
    })
    .join(', ')
}

function json({ results, coverage }: Report): string {
  const cases = results.map(({ folder, kubernetesVersion, status, file, messages, warnings, diff }) => ({
    folder,
    kubernetesVersion,
    status,
    file,
    messages,
    warnings,
    ...(diff !== undefined && { diff }),
  }))
  return `${JSON.stringify({ cases, coverage }, null, 2)}\n`
}
