import { limits } from '../limits/limits.ts'
import { describe, type Problem } from './problem.ts'
import { truncate } from './truncate.ts'

/**
 * Problems as one text: a single one as it is, several as a list with a line each. If they are too long for the message
 * of a condition, the last line says how many are missing.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition
 */
export function listProblems(problems: readonly Problem[]): string {
  const [only, ...others] = problems.map(describe)
  if (only === undefined) return ''
  if (others.length === 0) return truncate(only, most)
  let text = ''
  for (const [i, line] of [only, ...others].entries()) {
    const longer = `${text}${i > 0 ? '\n' : ''}- ${line}`
    if (longer.length > most - roomForRest)
      return text === '' ? truncate(longer, most) : `${text}\n- and ${problems.length - i} more`
    text = longer
  }
  return text
}

const most = limits.messageLength
const roomForRest = 64
