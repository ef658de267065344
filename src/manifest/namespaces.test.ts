import { describe, expect, it } from 'vitest'
import { namespacesIn } from './namespaces.ts'
import { parseManifest } from './yaml/manifest.ts'

describe('namespacesIn', () => {
  it.each([
    {
      what: 'a Namespace',
      text: '{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { team: a } } }',
    },
    {
      what: 'a List of them',
      text: '{ apiVersion: v1, kind: List, items: [{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { team: a } } }] }',
    },
  ])('takes labels and annotations from $what', ({ text }) => {
    expect(namespaceOf(text, 'shop')).toEqual({
      name: 'shop',
      labels: { team: 'a', 'kubernetes.io/metadata.name': 'shop' },
      annotations: {},
    })
  })

  it('knows the name of any other, which is a label of it, too', () => {
    expect(namespaceOf('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }', 'other')).toEqual({
      name: 'other',
      labels: { 'kubernetes.io/metadata.name': 'other' },
      annotations: {},
    })
  })
})

function namespaceOf(text: string, name: string) {
  return namespacesIn([parseManifest(text, 'x.yaml').manifest]).find(name)
}
