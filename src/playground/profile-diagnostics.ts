import type { Problem } from '../problems/problem.ts'
import type { CompiledText, ProfileFiles } from './profile-files.ts'
import { profileFixer } from './profile-fixes.ts'
import type { Diagnostic } from './protocol.ts'
import { textLines } from './text-lines.ts'

/** By file: what is wrong with the profiles that were compiled, and advice about them. */
export function profileDiagnostics(files: ProfileFiles): Readonly<Record<string, readonly Diagnostic[]>> {
  return Object.fromEntries(files.compiled().map(each => [each.file, known(each)]))
}

/** A text that was compiled before has the same list of problems. */
const made = new WeakMap<readonly Problem[], readonly Diagnostic[]>()

function known(text: CompiledText): readonly Diagnostic[] {
  const diagnostics = made.get(text.problems) ?? diagnosticsIn(text)
  made.set(text.problems, diagnostics)
  return diagnostics
}

function diagnosticsIn({ text, problems, advice, refused }: CompiledText): readonly Diagnostic[] {
  const lines = textLines(text)
  const correct = profileFixer(text)
  const at =
    (severity: Diagnostic['severity']) =>
    (problem: Problem): Diagnostic => {
      const { line = 1, column = 1, message } = problem
      const from = lines.offsetAt(line, column)
      const { span, fixes } = correct(problem, from)
      return { from, to: Math.max(from, lines.endOfLine(from)), ...span, severity, message, fixes }
    }
  const isNew = ({ line, column }: Problem) =>
    !refused.some(other => line === other.line && column === other.column)
  return [
    ...problems.map(at('error')),
    ...refused.map(at('warning')),
    ...advice.filter(isNew).map(at('info')),
  ]
}
