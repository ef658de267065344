import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evaluated } from '../src/profile/profile.fixture.ts'
import { compiler, functions } from '../src/template/cel/cel.ts'

const text = readFileSync(new URL('../docs/profiles.md', import.meta.url), 'utf8')
const section = /^### Functions\n([\s\S]*?)\n#/m.exec(text)?.[1] ?? ''
const [table = [], missing = []] = section
  .split(/\n\n/)
  .filter(part => part.startsWith('|'))
  .map(part => part.split('\n').slice(2).map(cellsOf))

const compile = compiler({ debug: { type: 'boolean' } }, ['pod', 'namespaceObject', 'app'])
const shop = { metadata: { name: 'shop' }, spec: { containers: [{ name: 'shop' }] } }

describe('the functions in docs/profiles.md', () => {
  it('are those that an expression can call', () => {
    const documented = table.flatMap(([names = '']) => codes(names)).map(withoutPrefix)
    expect(documented.sort()).toEqual([...functions().keys()].sort())
  })

  it.each(table.map(([, , example = '', result = '']) => [...codes(example), ...codes(result)]))(
    '%s gives %s',
    (example = '', result = '') => {
      expect(resultOf(example)).toEqual(JSON.parse(result))
    },
  )

  it.each(missing.flatMap(([names = '']) => codes(names)))('%s is not among them', name => {
    // `base64` of bytes is another function than `base64.encode` of Kubernetes.
    expect(functions().has(withoutPrefix(name))).toBe(false)
  })

  it.each(missing.flatMap(([, instead = '']) => codes(instead)).filter(code => /\W/.test(code)))(
    '%s can be written instead',
    code => {
      expect(resultOf(code)).not.toEqual(expect.stringMatching(/^error/))
    },
  )
})

function resultOf(source: string) {
  const expression = compile(source)
  return 'error' in expression
    ? `error: ${expression.error}`
    : evaluated(expression, { pod: shop, params: { debug: true } })
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim())
}

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** `cel.bind` is the function `bind`. */
function withoutPrefix(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
