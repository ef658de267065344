import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { customResourceDefinition } from './crd.ts'

const installed = parse(readFileSync('charts/pillion/charts/crds/crds/clustersidecarprofiles.yaml', 'utf8'))

// That an API server takes it, and what it then denies: test/apiserver/crd.test.ts.
describe('customResourceDefinition', () => {
  it('is what the chart installs', () => {
    expect(customResourceDefinition('ClusterSidecarProfile')).toEqual(installed)
  })

  it('has the same schema for both kinds, and another scope and other names', () => {
    const { spec, metadata } = customResourceDefinition('SidecarProfile')
    expect(metadata).toEqual({ name: 'sidecarprofiles.pillion.dev' })
    expect(spec).toEqual({
      ...installed.spec,
      scope: 'Namespaced',
      names: {
        kind: 'SidecarProfile',
        listKind: 'SidecarProfileList',
        plural: 'sidecarprofiles',
        singular: 'sidecarprofile',
        shortNames: ['sp'],
        categories: ['pillion'],
      },
    })
  })
})
