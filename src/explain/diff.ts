import { createTwoFilesPatch, FILE_HEADERS_ONLY, formatPatch } from 'diff'

/** What changed in a file, as a unified diff; empty when nothing changed. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return ''
  const options = { context, maxEditLength: maxChangedLines, headerOptions: FILE_HEADERS_ONLY }
  const patch = createTwoFilesPatch(file, file, before, after, '', '', options)
  return patch ?? coarsePatch(file, before, after)
}

/** Unchanged lines before and after a change. */
const context = 3

// The time grows with the square of the changed lines: 3,000 take 2 s, which is about 100 workloads in one file.
const maxChangedLines = 3_000

/** Takes linear time: one hunk from the first to the last line that changed. Tools that apply patches skip the note before it. */
function coarsePatch(file: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)]
  const shorter = Math.min(old.length, now.length)
  let start = 0
  while (start < shorter && old[start] === now[start]) start++
  let end = 0
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const [oldEnd, nowEnd] = [old.length - end, now.length - end]
  const first = Math.max(0, start - context)
  const [leading, trailing] = [old.slice(first, start), old.slice(oldEnd, oldEnd + context)]
  const hunk = {
    oldStart: first + 1,
    newStart: first + 1,
    oldLines: oldEnd - first + trailing.length,
    newLines: nowEnd - first + trailing.length,
    lines: [
      ...signed(' ', leading),
      ...signed('-', old.slice(start, oldEnd)),
      ...signed('+', now.slice(start, nowEnd)),
      ...signed(' ', trailing),
    ],
  }
  const names = { oldFileName: file, newFileName: file, oldHeader: '', newHeader: '' }
  const note = `# ${file}: more than ${maxChangedLines} changed lines; they are not compared one by one`
  return `${note}\n${formatPatch({ ...names, hunks: [hunk] }, FILE_HEADERS_ONLY)}`
}

function signed(sign: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap(line =>
    line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
  )
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
