import { describe, expect, it } from 'vitest'
import { fieldPath } from '../../problems/problem.ts'
import { accepted, clusterProfile } from '../profile.fixture.ts'
import type { Profile } from '../profile.ts'
import { collect } from './profiles.ts'

const cluster = (name: string, description = '') => accepted(clusterProfile({ description }, name))
const inNamespace = (namespace: string, name: string): Profile =>
  accepted({ ...clusterProfile({}), kind: 'SidecarProfile', metadata: { name, namespace } })

describe('collect', () => {
  const all = [
    inNamespace('shop', 'cache'),
    inNamespace('shop', 'logging'),
    cluster('logging', 'first'),
    cluster('metrics'),
    cluster('logging', 'second'),
    inNamespace('blog', 'cache'),
    inNamespace('blog', 'cache'),
  ]

  it.each([
    {
      name: 'metrics',
      namespace: 'shop',
      found: 'ClusterSidecarProfile',
      why: 'a cluster profile is for all',
    },
    { name: 'logging', namespace: 'shop', found: 'ClusterSidecarProfile', why: 'no namespace shadows one' },
    { name: 'cache', namespace: 'shop', found: 'SidecarProfile', why: 'a namespace has its own' },
    { name: 'cache', namespace: 'other', found: undefined, why: 'what another namespace has is not for all' },
    { name: 'nope', namespace: 'shop', found: undefined, why: 'there is none of that name' },
    { name: 'shop/cache', namespace: 'other', found: undefined, why: 'a name holds no namespace' },
    { name: '__proto__', namespace: 'shop', found: undefined, why: 'no name is special' },
  ])('finds $name in $namespace: $found, for $why', ({ name, namespace, found }) => {
    expect(collect(all).profiles.find(name, namespace)?.kind).toBe(found)
  })

  it('gives a namespace the profile that is its own', () => {
    expect(collect(all).profiles.find('cache', 'blog')?.namespace).toBe('blog')
  })

  it('lists what a Pod of a namespace may name, sorted', () => {
    expect(collect(all).profiles.namesIn('shop')).toEqual(['cache', 'logging', 'metrics'])
    expect(collect(all).profiles.namesIn('other')).toEqual(['logging', 'metrics'])
  })

  it('keeps the first of two with one name', () => {
    expect(collect(all).profiles.find('logging', 'shop')?.description).toBe('first')
    expect(collect(all).profiles.all).toHaveLength(4)
  })

  it('refuses the others with NameTaken, and says by whom', () => {
    const { refused } = collect(all)
    expect(refused.map(({ reason }) => reason)).toEqual(['NameTaken', 'NameTaken', 'NameTaken'])
    expect(refused.map(({ problem }) => `${fieldPath(problem.path)}: ${problem.message}`)).toEqual([
      'metadata.name: "logging" is taken by the ClusterSidecarProfile of that name',
      'metadata.name: "logging" is taken by the ClusterSidecarProfile of that name',
      'metadata.name: "cache" is taken by a SidecarProfile of blog of that name',
    ])
    expect(refused[1]?.profile.namespace).toBe('shop')
  })

  it('is empty for no profiles', () => {
    expect(collect([]).profiles.namesIn('shop')).toEqual([])
  })
})
