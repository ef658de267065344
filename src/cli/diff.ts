import { styleText } from 'node:util'
import { createTwoFilesPatch } from 'diff'

/** What changed in a file, in the unified format; nothing when nothing did. */
export function unifiedDiff(file: string, before: string, after: string, isColoured: boolean): string {
  if (before === after) return ''
  const text = createTwoFilesPatch(file, file, before, after, '', '', { context: 3 })
  const lines = text.slice(text.indexOf('--- ')).split('\n')
  return isColoured ? lines.map(coloured).join('\n') : lines.join('\n')
}

function coloured(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return styleText('bold', line, always)
  if (line.startsWith('+')) return styleText('green', line, always)
  if (line.startsWith('-')) return styleText('red', line, always)
  return line.startsWith('@@') ? styleText('cyan', line, always) : line
}

// Whether there are colours is decided by whoever calls.
const always = { validateStream: false }
