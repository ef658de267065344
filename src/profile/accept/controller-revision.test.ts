import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { controllerRevision, profileId, storedRevision } from './controller-revision.ts'

const spec = { containers: [{ name: 'agent', image: 'a:1' }] }
const profile = (namespace?: string): JsonObject => ({
  metadata: { name: 'logging', uid: 'u', ...(namespace && { namespace }) },
  spec: { ...spec, rollout: { paused: true }, revisionHistoryLimit: 2 },
})
const written = (namespace?: string) => controllerRevision(profile(namespace), { home: 'pillion', number: 3 })

/** With other members of its metadata, of its owner, or of the object. */
function changed(metadata: JsonObject, owner: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const object = written()
  const own = object['metadata'] as { ownerReferences: readonly JsonObject[] } & JsonObject
  const ownerReferences = [{ ...own.ownerReferences[0], ...owner }]
  return { ...object, metadata: { ...own, ownerReferences, ...metadata }, ...more }
}

describe('a ControllerRevision of a profile', () => {
  it.each([
    ['of a ClusterSidecarProfile in the namespace of Pillion', undefined, 'pillion'],
    ['of a SidecarProfile in its own', 'shop', 'shop'],
  ])('%s is believed, and holds the spec without its rollout', (_, namespace, stored) => {
    const object = written(namespace)
    expect(object).toMatchObject({ apiVersion: 'apps/v1', kind: 'ControllerRevision' })
    expect(object['metadata']).toMatchObject({
      namespace: stored,
      labels: { 'pillion.dev/profile': 'logging' },
    })
    expect(storedRevision(object, 'pillion')).toMatchObject({
      owner: profileId(profile(namespace)),
      number: 3,
      spec,
    })
    expect(object['data']).toEqual({ spec })
  })

  it.each<{ what: string; object: JsonObject; home?: string }>([
    { what: 'is in another namespace', object: changed({ namespace: 'shop' }) },
    { what: 'is there when nobody knows the namespace of Pillion', object: written(), home: '' },
    { what: 'has another label', object: changed({ labels: { 'pillion.dev/profile': 'other' } }) },
    { what: 'has no label', object: changed({ labels: {} }) },
    { what: 'has another name', object: changed({ name: 'logging-0123456789' }) },
    { what: 'has no owner', object: changed({ ownerReferences: [] }) },
    { what: 'has an owner that does not control it', object: changed({}, { controller: false }) },
    {
      what: 'belongs to something else',
      object: changed({}, { kind: 'StatefulSet', apiVersion: 'apps/v1' }),
    },
    { what: 'belongs to another kind of this API', object: changed({}, { kind: 'Profile' }) },
    { what: 'has no name', object: changed({ name: null }) },
    { what: 'belongs to another API', object: changed({}, { apiVersion: 'example.com/v1' }) },
    { what: 'has an owner without a uid', object: changed({}, { uid: null }) },
    { what: 'has another spec', object: changed({}, {}, { data: { spec: { containers: [] } } }) },
    { what: 'has no spec', object: changed({}, {}, { data: null }) },
    { what: 'has a list for a spec', object: changed({}, {}, { data: { spec: [] } }) },
    {
      what: 'has a larger spec than a profile may have',
      object: changed({}, {}, { data: { spec: { ...spec, description: 'x'.repeat(limits.profileBytes) } } }),
    },
    { what: 'is empty', object: {} },
  ])('is not believed when it $what', ({ object, home = 'pillion' }) => {
    expect(storedRevision(object, home)).toBeUndefined()
  })

  const named = (name: string): JsonObject => ({
    ...profile(),
    metadata: { name, uid: 'u', namespace: 'bank' },
  })
  const ghost = controllerRevision(
    { ...profile(), metadata: { name: 'ghost', uid: 'u' } },
    { home: 'pillion', number: 3 },
  )
  it.each<{ what: string; object: JsonObject; of: JsonObject }>([
    {
      what: 'in another namespace',
      object: controllerRevision(named('logging'), { home: 'pillion', number: 3 }),
      of: profile('shop'),
    },
    {
      what: 'in another namespace, of a ClusterSidecarProfile',
      object: controllerRevision(named('logging'), { home: 'pillion', number: 3 }),
      of: profile(),
    },
    { what: 'of a profile with another name', object: ghost, of: profile() },
    {
      what: 'of another kind, in the namespace of Pillion',
      object: changed({}, { kind: 'SidecarProfile' }),
      of: profile(),
    },
  ])('with the uid of a profile, but $what, is not its revision', ({ object, of }) => {
    const owner = storedRevision(object, 'pillion')?.owner
    expect(owner).toMatch(/\/u$/)
    expect(owner).not.toBe(profileId(of))
  })

  it('counts as the oldest if its number cannot be read', () => {
    expect(storedRevision(changed({}, {}, { revision: 'x' }), 'pillion')?.number).toBe(0)
  })
})
