import { existsSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * Pages whose tables say, point by point, what covers it: `[file](../path) “text”`, where
 * the text is the name of a test, or stands in the file.
 */
const pages = [
  { page: 'docs/threat-model.md', points: 18, uncovered: ['6.'] },
  { page: 'docs/security.md', points: 12, uncovered: [] },
  { page: 'docs/good-practices.md', points: 27, uncovered: [] },
]

const root = join(import.meta.dirname, '..')

describe.each(pages)('$page', ({ page, points, uncovered }) => {
  const text = readFileSync(join(root, page), 'utf8')
  const rows = tableRows(text)
  const references = [
    ...rows.flatMap(([point = '', , covered = '']) => referencesIn(point, covered)),
    ...referencesIn('beside the table', outsideTables(text)).filter(({ text }) => text !== ''),
  ]

  it('has every point', () => {
    expect(rows).toHaveLength(points)
    expect(new Set(rows.map(([point]) => point)).size).toBe(points)
  })

  it('has something that covers each, or says that nothing can', () => {
    const without = rows.filter(([point = '', , covered = '']) => referencesIn(point, covered).length === 0)
    expect(without.map(([point = '']) => point.split(' ')[0])).toEqual(uncovered)
  })

  it.each(references)('$point: $file has “$text”', ({ file, text }) => {
    expect(existsSync(file)).toBe(true)
    expect(isIn(readFileSync(file, 'utf8'), file, text)).toBe(true)
  })
})

interface Reference {
  readonly point: string
  readonly file: string
  readonly text: string
}

function referencesIn(point: string, covered: string): Reference[] {
  return [...covered.matchAll(/\[[^\]]+\]\(([^)]+)\)(?: “([^”]+)”)?/g)].map(([, path = '', text = '']) => ({
    point,
    file: normalize(join(root, 'docs', path)),
    text,
  }))
}

/** As the name of a test or a group of them; as it is in what is no test. */
function isIn(content: string, file: string, text: string): boolean {
  if (text === '') return false
  if (!file.endsWith('.test.ts')) return content.includes(text)
  return ["'", '"', '`'].some(quote => content.includes(`${quote}${text}${quote}`))
}

function outsideTables(text: string): string {
  const lines = text.split('\n').filter(line => !line.startsWith('|'))
  return lines.join(' ').replaceAll(/ +/g, ' ')
}

function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
    .map(line => line.slice(2, -2).split(' | '))
}
