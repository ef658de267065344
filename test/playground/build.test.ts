import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { budget, buildPlayground, sizesText, total } from '../../tools/playground/build.ts'
import { Type as Small } from '../../tools/playground/schema-builder.ts'

describe('the playground that is built', () => {
  let directory: string
  let sizes: ReadonlyMap<string, number>
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-playground-'))
    sizes = await buildPlayground(directory)
  })
  afterAll(() => rm(directory, { recursive: true }))

  const read = (file: string) => readFile(join(directory, file), 'utf8')

  it('is within its budget', () => {
    console.log(sizesText(sizes))
    expect(total(sizes)).toBeLessThan(budget)
  })

  it('needs neither eval nor inline scripts and styles, and loads nothing from elsewhere', async () => {
    const html = await read('index.html')
    const [policy = ''] = /default-src [^"]*/.exec(html) ?? []
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/)
    const urls = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].flatMap(([, url = '']) =>
      url.startsWith('data:') ? [] : [url],
    )
    expect(urls.toSorted()).toEqual(['page.js', 'playground.css', 'profiles.json', 'theme.js'])
  })

  it('has the licenses of what is in it', async () => {
    expect(await read('LICENSES.txt')).toMatch(/^@codemirror\/view \d/m)
  })
})

describe('the small schema builder', () => {
  it('builds the same schemas as typebox', () => {
    expect(build(Small as unknown as typeof Type)).toEqual(JSON.parse(JSON.stringify(build(Type))))
  })
})

/** Uses each function of the builder as the sources do. */
function build(type: typeof Type) {
  const options = { description: 'x', maxItems: 3 }
  return [
    type.Array(type.String(), options),
    type.Boolean(options),
    type.Enum(['a', 'b'], options),
    type.Integer({ minimum: 1 }),
    type.Object(
      { a: type.Optional(type.String({ pattern: 'a' })), b: type.Unsafe<string>({ type: 'string' }) },
      options,
    ),
    type.Object({ a: type.Optional(type.Array(type.String())) }),
    type.Object(
      { a: type.Optional(type.Optional(type.String())), b: type.String() },
      { additionalProperties: false },
    ),
    type.Record(type.String(), type.Integer(), options),
    type.Record(type.String({ pattern: '^a$' }), type.Integer()),
  ]
}
