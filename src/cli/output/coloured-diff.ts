import { styleText } from 'node:util'
import { unifiedDiff } from '../../explain/diff.ts'

/** What changed in a file, as a unified diff; with colours for a terminal. */
export function colouredDiff(file: string, before: string, after: string, isColoured: boolean): string {
  const diff = unifiedDiff(file, before, after)
  return isColoured ? coloured(diff) : diff
}

/** A unified diff with colours. */
export function coloured(diff: string): string {
  return diff.split('\n').map(colouredLine).join('\n')
}

function colouredLine(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return styleText('bold', line, always)
  if (line.startsWith('+')) return styleText('green', line, always)
  if (line.startsWith('-')) return styleText('red', line, always)
  return line.startsWith('@@') ? styleText('cyan', line, always) : line
}

// The caller decides about colours.
const always = { validateStream: false }
