import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { rightsOf } from './required-permissions.ts'

interface Role {
  readonly kind: string
  readonly rules: readonly object[]
}

describe('the rights that are checked', () => {
  it.each(['rbac.yaml', 'sweep.yaml'] as const)(
    'are those that deploy/base/%s gives, and no others',
    file => {
      const roles = parseAllDocuments(readFileSync(`deploy/base/${file}`, 'utf8'))
        .map(document => document.toJS() as Role)
        .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
      const given = roles.flatMap(({ kind, rules }) =>
        rules.map(rule => ({ scope: kind === 'Role' ? 'own namespace' : 'cluster', rule })),
      )
      const checked = rightsOf('pillion').filter(right => right.file === file)
      expect(given.length).toBeGreaterThan(0)
      expect(checked.map(({ scope, rule }) => ({ scope, rule }))).toEqual(given)
    },
  )
})
