import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { requiredPermissions } from './required-permissions.ts'

interface Role {
  readonly kind: string
  readonly rules: readonly object[]
}

describe('the permissions that are checked', () => {
  it.each(['base/rbac.yaml', 'base/sweep.yaml', 'overlays/rollout/rollout.yaml'] as const)(
    'are those that deploy/%s grants, and no others',
    file => {
      const roles = parseAllDocuments(readFileSync(`deploy/${file}`, 'utf8'))
        .map(document => document.toJS() as Role)
        .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
      const granted = roles.flatMap(({ kind, rules }) =>
        rules.map(rule => ({ scope: kind === 'Role' ? 'own namespace' : 'cluster', rule })),
      )
      const all = requiredPermissions('pillion', { evicts: false, rollsOut: true })
      const checked = all.filter(each => each.file === file)
      expect(granted.length).toBeGreaterThan(0)
      expect(checked.map(({ scope, rule }) => ({ scope, rule }))).toEqual(granted)
    },
  )
})
