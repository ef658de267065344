import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compiler } from '../src/template/cel/cel.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const yamlBlocks = (page: string) =>
  [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

describe('docs/tutorials/first-sidecar.md', () => {
  it('shows the manifest as it is in its file', () => {
    expect(yamlBlocks('docs/tutorials/first-sidecar.md')).toEqual([read('examples/first-sidecar/app.yaml')])
  })
})

describe('docs/tutorials/first-profile.md', () => {
  const page = 'docs/tutorials/first-profile.md'
  const files = globSync('examples/first-profile/*/profiles/*.yaml', { cwd: root }).sort()

  it('shows the ten profiles as they are in their files, in the order of the folders', () => {
    expect(files).toHaveLength(10)
    const shown = yamlBlocks(page).filter(text => text.startsWith('apiVersion'))
    expect(shown).toEqual(files.map(read))
  })

  it.each(files.map(file => dirname(dirname(file))))('has a command for %s', folder => {
    expect(read(page)).toMatch(new RegExp(`npx pillion (inject|explain) -f (${folder}/pod.yaml|-)`))
  })

  const compile = compiler({ debug: { type: 'boolean' }, name: { type: 'string' } }, [
    'pod',
    'namespaceObject',
  ])
  const section = read(page).split('## Expressions in YAML')[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map(([, code = '']) => code)

  it('says when an expression needs quotes', () => {
    expect(rows).toHaveLength(4)
  })

  it.each(rows)('shows YAML with an expression that compiles: %s', code => {
    const object = parse(code) as Readonly<Record<string, string>>
    const text = object['value'] ?? object['expression'] ?? ''
    const source = text.startsWith('$(') ? text.slice(2, -1) : text
    expect(compile(source)).not.toHaveProperty('error')
  })

  it.each(rows)('needs the quotes: %s', code => {
    const bare = code.replace(/(["'])(.*)\1( \})?$/, '$2$3')
    expect(() => JSON.stringify(parse(bare, { logLevel: 'error' }))).toSatisfy(
      isOther(JSON.stringify(parse(code))),
    )
  })
})

/** Whether YAML without the quotes is not valid, or has another value. */
function isOther(value: string) {
  return (read: () => string): boolean => {
    try {
      return read() !== value
    } catch {
      return true
    }
  }
}
