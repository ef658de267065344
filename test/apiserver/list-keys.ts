import { expect } from 'vitest'
import { containerLists, type ListPlace, listRows, podRows } from '../../src/profile/places.ts'
import type { Connection } from './connection.ts'

/** What the OpenAPI of an API server says about a list. */
interface List {
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-patch-merge-key'?: string
}

interface Document {
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties: Readonly<Record<string, List>> }>>
  }
}

/** The lists for whose items Pillion uses another key than the API server, and why. */
const differences: Readonly<Record<string, string>> = {
  ports:
    'the API server counts the protocol as well, but merges a patch by the number alone, and so does a CRD; ' +
    'where two ports are compared, the protocol counts (src/engine/plan/match.ts)',
}

/** Lists that are one value for the API server, although Pillion adds items to them. Pillion never replaces an item. */
const atomic: Readonly<Record<string, string>> = {
  envFrom: 'a source is one by what it names and its prefix; the same source twice has no effect',
  tolerations: 'a toleration is one by all that says which taint it tolerates, as for the API server',
}

/** Checks that the lists in a Pod have the keys of the API server, except the lists that are named here. */
export async function expectListKeys(request: Connection['request']): Promise<void> {
  const { body } = await request<Document>('GET', '/openapi/v3/api/v1')
  const listsOf = (type: string) => body.components.schemas[`io.k8s.api.core.v1.${type}`]?.properties ?? {}
  const placesOf: Readonly<Record<string, readonly (readonly [string, ListPlace])[]>> = {
    PodSpec: [
      ...listRows,
      ...podRows.flatMap(([field, place]) => (place.kind === 'list' ? [[field, place] as const] : [])),
    ],
    Container: Object.entries(containerLists),
  }
  const rows = Object.entries(placesOf).flatMap(([type, places]) =>
    places.map(([field, { key }]) => ({ field, key, list: listsOf(type)[field] ?? {} })),
  )
  const ours = rows.map(({ field, key }) => ({ field, keys: key ? [key] : [], mergeKey: key }))
  const theirs = rows.map(({ field, list }) => ({
    field,
    keys: list['x-kubernetes-list-map-keys'] ?? [],
    mergeKey: list['x-kubernetes-patch-merge-key'],
  }))
  const isNamed = ({ field }: { field: string }) => !Object.hasOwn(differences, field)
  expect(ours.filter(isNamed)).toEqual(theirs.filter(isNamed))
  expect(theirs.filter(each => !isNamed(each))).toEqual([
    { field: 'ports', keys: ['containerPort', 'protocol'], mergeKey: 'containerPort' },
  ])
  const isAtomic = ({ list }: { list: List }) => list['x-kubernetes-list-type'] === 'atomic'
  expect(
    rows
      .filter(isAtomic)
      .map(({ field }) => field)
      .sort(),
  ).toEqual(Object.keys(atomic).sort())
  // No list of a container whose items have a key is missing.
  const keyed = Object.entries(listsOf('Container')).filter(
    ([, list]) => list['x-kubernetes-patch-merge-key'],
  )
  expect(Object.keys(containerLists)).toEqual(expect.arrayContaining(keyed.map(([field]) => field)))
}
