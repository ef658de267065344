import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import {
  container,
  decideOn,
  injectInto,
  podAsking,
  profilesOf,
  subjectOf,
  withStatus,
} from '../decide.fixture.ts'
import { annotation, type Pod } from '../pod.ts'
import { hasUnknownRevision } from './revise.ts'

const before = profilesOf({ logging: { containers: [container('logging', { args: ['1'] })] } })
const after = profilesOf({ logging: { containers: [container('logging', { args: ['2'] })] } })
const revisionIn = (profiles: Profiles) => profiles.find('logging', 'shop')?.revision

/** The profiles of a server that saw the change a moment ago. */
const remembering: Profiles = {
  ...after,
  earlier: ({ name }: Profile, revision) =>
    before.all.find(profile => profile.name === name && profile.revision === revision),
}

describe('a profile that changes between two calls for one Pod', () => {
  const given = injectInto(podAsking('logging'), before)

  it('stays as the first call gave it', () => {
    expect(revisionIn(before)).not.toBe(revisionIn(after))
    expect(decideOn(given, remembering)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('is the present one for the next Pod', () => {
    const next = injectInto(podAsking('logging'), remembering)
    expect(next.spec?.initContainers).toMatchObject([{ name: 'logging', args: ['2'] }])
  })

  it('is in conflict where nobody remembers that revision, which may be one to come', () => {
    expect(decideOn(given, after)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
    expect(hasUnknownRevision(subjectOf(given), after)).toBe(true)
    expect(hasUnknownRevision(subjectOf(given), remembering)).toBe(false)
    expect(hasUnknownRevision(subjectOf(injectInto(podAsking('logging'), after)), after)).toBe(false)
    expect(hasUnknownRevision(subjectOf(podAsking('logging')), after)).toBe(false)
  })

  it("is no way to a container of one's own: what is claimed must be what that revision gives", () => {
    const containers = given.spec?.initContainers?.map(each => ({ ...each, args: ['mine'] }))
    const forged = { ...given, spec: { ...given.spec, initContainers: containers ?? [] } }
    expect(decideOn(forged, remembering)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
  })

  /** What a server has that saw `after` replaced by a stricter revision a moment ago. */
  const lockedDown = (spec: object): Profiles => ({ ...profilesOf({ logging: spec }), earlier: remembered })
  const remembered: Profiles['earlier'] = ({ name }, revision) =>
    before.all.find(profile => profile.name === name && profile.revision === revision)
  const args = { containers: [container('logging', { args: ['3'] })] }
  const forged = (pod = podAsking('logging')) =>
    withStatus(pod, { profiles: { logging: { revision: revisionIn(before), initContainers: ['logging'] } } })

  it.each<{ what: string; lifecycle?: string; spec?: JsonObject }>([
    { what: 'a native sidecar' },
    { what: 'a native sidecar before an init container', spec: { initContainers: [container('seed')] } },
    { what: 'a regular sidecar', lifecycle: 'regular' },
  ])(
    'is no way to the revision before: a Pod that only claims it gets the present one: $what',
    ({ lifecycle = 'native', spec = {} }) => {
      const [first, next] = ['1', '2'].map(arg =>
        profilesOf({
          logging: {
            lifecycle,
            containers: [container('logging', { args: [arg], order: { before: ['first'] } })],
          },
        }),
      ) as [Profiles, Profiles]
      const now: Profiles = {
        ...next,
        earlier: (_, revision) => first.all.find(profile => profile.revision === revision),
      }
      const claims = { revision: revisionIn(first), initContainers: ['logging'], containers: ['logging'] }
      // With the default container that the call would add, the Pod lacks nothing but the sidecar.
      const honest = podAsking('logging', spec, { [annotation.defaultContainer]: 'app' })
      const pod = withStatus(honest, { profiles: { logging: claims } })
      expect(injectInto(pod, now).spec).toEqual(injectInto(honest, next).spec)
    },
  )

  it('is no reason to deny a Pod that claims the revision before, and could not have got it', () => {
    const renamed: Profiles = {
      ...profilesOf({ logging: { containers: [container('shipping')] } }),
      earlier: remembering.earlier!,
    }
    const own = { initContainers: [container('logging', { args: ['of the author'] })] }
    expect(injectInto(forged(podAsking('logging', own)), renamed).spec).toEqual(
      injectInto(podAsking('logging', own), renamed).spec,
    )
  })

  it.each([
    {
      what: 'requirements',
      spec: { ...args, requires: [{ expression: 'false', message: 'nobody any more' }] },
      reason: 'RequirementNotMet',
    },
    {
      what: 'requirements of a parameter',
      spec: {
        ...args,
        parameters: { level: { type: 'integer', default: 0 } },
        requires: [{ expression: 'params.level > 0', message: 'a level is wanted' }],
      },
      reason: 'RequirementNotMet',
    },
    {
      what: 'parameters',
      spec: { ...args, parameters: { tenant: { type: 'string', required: true } } },
      reason: 'InvalidParameter',
    },
  ])('is no way round the present $what', ({ spec, reason }) => {
    const now = lockedDown(spec)
    for (const pod of [podAsking('logging'), forged(), given])
      expect(decideOn(pod, now)).toMatchObject({ outcome: 'denied', reason })
  })

  it('stays as the first call gave it where the present requirements are met', () => {
    const now = lockedDown({ ...args, requires: [{ expression: 'true', message: 'never' }] })
    expect(decideOn(given, now)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('is not waited for where the Pod lacks what it claims, or claims nothing', () => {
    const unknown = { revision: 'fffffffff0' }
    const claims = [unknown, { ...unknown, initContainers: ['logging'] }]
    for (const logging of claims) {
      const pod = withStatus(podAsking('logging'), { profiles: { logging } })
      expect(hasUnknownRevision(subjectOf(pod), after)).toBe(false)
    }
  })

  describe('when another webhook adds a container between the calls', () => {
    const giving = (value: string) =>
      profilesOf({
        logging: {
          containers: [container('logging', { args: [value] })],
          appContainers: [{ select: 'all', env: [{ name: 'LEVEL', value }] }],
          pod: { annotations: { 'example.com/level': value } },
        },
      })
    const [first, next] = [giving('1'), giving('2')]
    const now: Profiles = {
      ...next,
      earlier: (_, revision) => first.all.find(profile => profile.revision === revision),
    }
    const withContainer = (pod: Pod): Pod => ({
      ...pod,
      spec: { ...pod.spec, containers: [...(pod.spec?.containers ?? []), container('mesh')] },
    })

    it('gives the new container what the first call gave to the others', () => {
      const called = withContainer(injectInto(podAsking('logging'), first))
      expect(injectInto(called, now)).toEqual(injectInto(withContainer(podAsking('logging')), first))
    })

    it('gives nothing of the earlier revision to a Pod that lacks more of it', () => {
      const pod = withContainer(injectInto(podAsking('logging'), first))
      const { containers = [], ...spec } = pod.spec ?? {}
      const [app, mesh] = containers
      const { env: _, ...without } = app!
      const lacking = { ...pod, spec: { ...spec, containers: [without, mesh!] } }
      expect(decideOn(lacking, now)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
    })
  })
})
