import { expect, it } from 'vitest'
import { container, profileOf } from '../decide.fixture.ts'
import type { Namespace } from '../pod.ts'
import { idleAutoInject } from './auto-inject.ts'

const space = (name: string, labels = {}): Namespace => ({ name, labels, annotations: {} })
const enabled = (name: string, labels = {}) => space(name, { 'pillion.dev/inject': 'enabled', ...labels })
const zone = (value: string) => ({ namespaceSelector: { matchLabels: { zone: value } } })
const says = (name: string) =>
  `autoInject has no effect yet: no namespace that it selects has the label pillion.dev/inject=enabled; an admin sets it: kubectl label namespace ${name} pillion.dev/inject=enabled`

/** A profile for the cluster, or for one namespace. */
const profile = (spec: object, home?: string) =>
  profileOf({
    kind: home === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
    metadata: { name: 'mesh', ...(home !== undefined && { namespace: home }) },
    spec: { containers: [container('mesh')], ...spec },
  })

it.each<{
  what: string
  spec: object
  home?: string
  namespaces: readonly Namespace[]
  is: string | undefined
}>([
  { what: 'is not set', spec: {}, namespaces: [], is: undefined },
  {
    what: 'is for all, and none is enabled',
    spec: { autoInject: {} },
    namespaces: [space('a')],
    is: says('NAME'),
  },
  {
    what: 'is for all, and another value of the label enables none',
    spec: { autoInject: {} },
    namespaces: [space('a', { 'pillion.dev/inject': 'yes' })],
    is: says('NAME'),
  },
  {
    what: 'is for all, and the last one is enabled',
    spec: { autoInject: {} },
    namespaces: [space('a'), enabled('b')],
    is: undefined,
  },
  {
    what: 'selects one that is enabled',
    spec: { autoInject: zone('x') },
    namespaces: [enabled('a'), enabled('b', { zone: 'x' })],
    is: undefined,
  },
  {
    what: 'selects others than those that are enabled',
    spec: { autoInject: zone('x') },
    namespaces: [enabled('a'), space('b', { zone: 'x' })],
    is: says('NAME'),
  },
  {
    what: 'selects one in which the profile cannot be used',
    spec: { autoInject: zone('x'), usableIn: zone('y') },
    namespaces: [enabled('a', { zone: 'x' })],
    is: says('NAME'),
  },
  {
    what: 'is of a profile whose own namespace is enabled',
    spec: { autoInject: {} },
    home: 'shop',
    namespaces: [enabled('shop')],
    is: undefined,
  },
  {
    what: 'is of a profile whose own namespace is not enabled',
    spec: { autoInject: {} },
    home: 'shop',
    namespaces: [enabled('bank'), space('shop')],
    is: says('shop'),
  },
])('autoInject that $what', ({ spec, home, namespaces, is }) => {
  expect(idleAutoInject(profile(spec, home), namespaces)).toBe(is)
})
