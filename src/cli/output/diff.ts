import { styleText } from 'node:util'
import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk } from 'diff'
import { type Change, changesBetween } from './changes.ts'

/** What changed in a file, in the unified format; nothing when nothing did. */
export function unifiedDiff(file: string, before: string, after: string, isColoured: boolean): string {
  if (before === after) return ''
  const [old, now] = [linesOf(before), linesOf(after)]
  const hunks = neighbours(changesBetween(old, now)).map(changes => hunkOf(changes, old, now))
  const patch = { oldFileName: file, newFileName: file, oldHeader: '', newHeader: '', hunks }
  const lines = formatPatch(patch, FILE_HEADERS_ONLY).split('\n')
  return (isColoured ? lines.map(coloured) : lines).join('\n')
}

/** Unchanged lines before and after a change. */
const context = 3

/** The changes by hunk: those whose context meets share one. */
function neighbours(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = []
  for (const change of changes) {
    const hunk = hunks.at(-1)
    if (change.old[0] - (hunk?.at(-1)?.old[1] ?? -Infinity) <= 2 * context) hunk?.push(change)
    else hunks.push([change])
  }
  return hunks
}

function hunkOf(
  changes: readonly Change[],
  old: readonly string[],
  now: readonly string[],
): StructuredPatchHunk {
  const [first, last] = [changes[0]!, changes.at(-1)!]
  const before = Math.min(context, first.old[0])
  const after = Math.min(context, old.length - last.old[1])
  const start = first.old[0] - before
  const lines: string[] = []
  let at = start
  for (const change of changes) {
    lines.push(...signed(' ', old.slice(at, change.old[0])))
    lines.push(...signed('-', old.slice(...change.old)), ...signed('+', now.slice(...change.now)))
    at = change.old[1]
  }
  lines.push(...signed(' ', old.slice(at, at + after)))
  return {
    oldStart: start + 1,
    oldLines: last.old[1] + after - start,
    newStart: first.now[0] - before + 1,
    newLines: last.now[1] - first.now[0] + before + after,
    lines,
  }
}

function signed(sign: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap(line =>
    line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
  )
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function coloured(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return styleText('bold', line, always)
  if (line.startsWith('+')) return styleText('green', line, always)
  if (line.startsWith('-')) return styleText('red', line, always)
  return line.startsWith('@@') ? styleText('cyan', line, always) : line
}

// Whether there are colours is decided by whoever calls.
const always = { validateStream: false }
