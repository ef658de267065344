import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutTables } from '../../tools/playground/smaller.ts'

interface Table {
  readonly length: number
  getLo(index: number): number
  getHi(index: number): number
  getStride(index: number): number
}
interface Tables {
  readonly Print: Table
  readonly CATEGORIES: Classes
  readonly SCRIPTS: Classes
}
interface Classes {
  readonly initializer: object
  get(name: string): Table
}

describe('the classes of characters of the page', () => {
  let directory: string
  let [real, page]: [Tables?, Tables?] = []
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-classes-'))
    const source = await readFile(
      createRequire(import.meta.url)
        .resolve('re2js')
        .replace('.cjs', '.js'),
      'utf8',
    )
    const classes = join(import.meta.dirname, '../../tools/playground/unicode-classes.ts')
    const load = async (name: string, text: string): Promise<Tables> => {
      const file = join(directory, name)
      const imported = text.replace("'./unicode-classes.ts'", `'${pathToFileURL(classes)}'`)
      await writeFile(file, `${imported}\nexport { UnicodeTables }\n`)
      return (await import(file)).UnicodeTables
    }
    real = await load('real.mjs', source)
    page = await load('page.mjs', withoutTables(source))
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('have the same names and the same characters as those of re2js', () => {
    expect(charactersOf(page!.Print) === charactersOf(real!.Print)).toBe(true)
    for (const map of ['CATEGORIES', 'SCRIPTS'] as const) {
      const names = Object.keys(real![map].initializer)
      expect(Object.keys(page![map].initializer)).toEqual(names)
      const different = names.filter(
        name => charactersOf(page![map].get(name)) !== charactersOf(real![map].get(name)),
      )
      expect(different).toEqual([])
    }
  })
})

/** The ranges of a table without steps, as a text. */
function charactersOf(table: Table): string {
  const ranges: number[] = []
  for (let i = 0; i < table.length; i++) {
    const step = table.getStride(i)
    const [first, last] = [table.getLo(i), table.getHi(i)]
    const own = step === 1 ? [[first, last] as const] : steps(first, last, step)
    for (const [from, to] of own) {
      if (ranges.at(-1) === from - 1) ranges[ranges.length - 1] = to
      else ranges.push(from, to)
    }
  }
  return ranges.join(' ')
}

function steps(first: number, last: number, step: number): readonly (readonly [number, number])[] {
  const count = Math.floor((last - first) / step) + 1
  return Array.from({ length: count }, (_, i) => [first + i * step, first + i * step])
}
