import { limits } from '../limits/limits.ts'
import { describe, type Problem } from './problem.ts'

/**
 * Problems in one text: the only one as it is, several on lines of their own. Of many as much as the message of
 * a condition holds, and how many are left out.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition
 */
export function listProblems(problems: readonly Problem[]): string {
  const [only, ...others] = problems.map(describe)
  if (only === undefined) return ''
  if (others.length === 0) return shortened(only)
  let text = ''
  for (const [i, line] of [only, ...others].entries()) {
    const longer = `${text}${i > 0 ? '\n' : ''}- ${line}`
    if (longer.length > maxCharacters - roomForRest)
      return text === '' ? shortened(longer) : `${text}\n- and ${problems.length - i} more`
    text = longer
  }
  return text
}

const maxCharacters = limits.messageLength
const roomForRest = 64

function shortened(text: string): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1).toWellFormed()}…` : text
}
