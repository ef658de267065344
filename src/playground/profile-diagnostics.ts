import type { Problem } from '../problems/problem.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { Diagnostic } from './protocol.ts'
import { type TextLines, textLines } from './text-lines.ts'

/** By file: what is wrong with the profiles that were compiled, and advice about them. */
export function profileDiagnostics(files: ProfileFiles): Readonly<Record<string, readonly Diagnostic[]>> {
  return Object.fromEntries(
    files.compiled().map(({ file, text, problems, advice, refused }) => {
      const lines = textLines(text)
      return [
        file,
        [
          ...problems.map(problem => diagnosticAt(problem, lines, 'error')),
          ...refused.map(problem => diagnosticAt(problem, lines, 'warning')),
          ...advice
            .filter(each => !refused.some(({ line, column }) => line === each.line && column === each.column))
            .map(problem => diagnosticAt(problem, lines, 'info')),
        ],
      ]
    }),
  )
}

function diagnosticAt(
  { line = 1, column = 1, message }: Problem,
  lines: TextLines,
  severity: Diagnostic['severity'],
): Diagnostic {
  const from = lines.offsetAt(line, column)
  return { from, to: Math.max(from, lines.endOfLine(from)), severity, message, fixes: [] }
}
