import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  decideOn,
  injectInto,
  podAsking,
  profilesOf,
  statusIn,
  withStatus,
} from '../decide.fixture.ts'
import type { VolumeMount } from '../pod.ts'

const mount = (name: string, mountPath: string, more: JsonObject = {}): VolumeMount => ({
  name,
  mountPath,
  ...more,
})
const volume = (name: string) => ({ name, emptyDir: {} })

const adopting = (more: JsonObject = {}, shipped: VolumeMount = mount('logs', '/in')) =>
  profilesOf({
    logging: {
      parameters: { path: { type: 'string', default: '/logs' } },
      volumes: [{ ...volume('logs'), adopt: { mountPath: '$(params.path)' } }],
      containers: [container('ship', { volumeMounts: [shipped] })],
      appContainers: [{ select: 'all', volumeMounts: [mount('logs', '$(params.path)')] }],
      ...more,
    },
  })

const podMounting = (...mounts: VolumeMount[]) =>
  podAsking('logging', {
    containers: [container('app', { volumeMounts: mounts })],
    volumes: [...new Set(mounts.map(({ name }) => name))].map(volume),
  })

describe('adopt', () => {
  it('makes a new volume where nothing is mounted at the path', () => {
    const { spec } = injectInto(podMounting(mount('data', '/data')), adopting())
    expect(spec?.volumes).toEqual([volume('data'), volume('logs')])
    expect(spec?.containers?.[0]?.volumeMounts).toEqual([mount('data', '/data'), mount('logs', '/logs')])
    expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([mount('logs', '/in')])
  })

  it('says which volume it uses', () => {
    expect(decideOn(podMounting(mount('data', '/logs')), adopting()).warnings).toEqual([
      'profile logging: uses volume "data", which container "app" mounts at /logs',
    ])
  })

  it("takes nothing of it into the status, because the volume is the Pod's", () => {
    const status = statusIn(injectInto(podMounting(mount('data', '/logs')), adopting()))
    expect(status).toMatchObject({ profiles: { logging: { initContainers: ['ship'] } } })
    expect(JSON.stringify(status)).not.toMatch(/volume/)
  })

  it('reads the path like a path', () => {
    const { spec } = injectInto(podMounting(mount('data', '//logs//')), adopting())
    expect(spec?.volumes).toEqual([volume('data')])
  })

  it('uses the volume itself where it is mounted already', () => {
    const { spec } = injectInto(podMounting(mount('logs', '/logs')), adopting())
    expect(spec?.volumes).toEqual([volume('logs')])
    expect(spec?.containers?.[0]?.volumeMounts).toEqual([mount('logs', '/logs')])
  })

  it('uses what an earlier profile gives at the path', () => {
    const profiles = profilesOf({
      cache: {
        volumes: [volume('shared')],
        appContainers: [{ select: 'all', volumeMounts: [mount('shared', '/logs')] }],
      },
      logging: {
        volumes: [{ ...volume('logs'), adopt: { mountPath: '/logs' } }],
        containers: [container('ship', { volumeMounts: [mount('logs', '/in')] })],
      },
    })
    const { spec } = injectInto(podAsking('cache,logging'), profiles)
    expect(spec?.volumes).toEqual([volume('shared')])
    expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([mount('shared', '/in')])
  })

  describe('of a part of a volume', () => {
    const part = mount('data', '/logs', { subPath: 'nginx' })

    it('carries the subPath over', () => {
      const { spec } = injectInto(podMounting(part), adopting())
      expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([mount('data', '/in', { subPath: 'nginx' })])
      expect(spec?.containers?.[0]?.volumeMounts).toEqual([part])
    })

    it("puts the profile's own subPath below it", () => {
      const { spec } = injectInto(
        podMounting(part),
        adopting({}, mount('logs', '/in', { subPath: 'access' })),
      )
      expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([
        mount('data', '/in', { subPath: 'nginx/access' }),
      ])
    })

    it("takes the profile's own part of a whole volume", () => {
      for (const own of [{}, { subPath: '' }])
        for (const part of [{ subPath: 'access' }, { subPathExpr: '$(POD)' }]) {
          const profiles = adopting({}, mount('logs', '/in', part))
          const { spec } = injectInto(podMounting(mount('data', '/logs', own)), profiles)
          expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([mount('data', '/in', part)])
        }
      const { spec } = injectInto(podMounting(mount('data', '/logs', { subPath: '' })), adopting())
      expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([mount('data', '/in')])
    })

    it("leaves the mounts of the profile's other volumes", () => {
      const mounts = [mount('logs', '/in'), mount('cache', '/cache')]
      const volumes = [{ ...volume('logs'), adopt: { mountPath: '/logs' } }, volume('cache')]
      const profiles = adopting({ volumes, containers: [container('ship', { volumeMounts: mounts })] })
      const { spec } = injectInto(podMounting(mount('data', '/logs')), profiles)
      expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([
        mount('data', '/in'),
        mount('cache', '/cache'),
      ])
      expect(spec?.volumes).toEqual([volume('data'), volume('cache')])
    })

    it("puts the profile's own subPathExpr below it, in one subPathExpr, which stands alone", () => {
      const byName = mount('logs', '/in', { subPathExpr: '$(POD)' })
      const odd = mount('data', '/logs', { subPath: 'a$(b)' })
      const { spec } = injectInto(podMounting(odd), adopting({}, byName))
      expect(spec?.initContainers?.[0]?.volumeMounts).toEqual([
        mount('data', '/in', { subPathExpr: 'a$$(b)/$(POD)' }),
      ])
    })

    it('refuses a subPathExpr, which means something else in each container', () => {
      const pod = podMounting(mount('data', '/logs', { subPathExpr: '$(POD)' }))
      const refusal = 'profile logging: container "app" mounts /logs by subPathExpr, which cannot be adopted'
      expect(decideOn(pod, adopting())).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
      expect(decideOn(pod, adopting()).message).toContain(refusal)
    })

    it('with `keep` leaves the profile out, whose sidecar would see nothing of what the app writes', () => {
      const own = mount('data', '/logs', { subPathExpr: '$(POD)' })
      expect(decideOn(podMounting(own), adopting({ onConflict: 'keep' }))).toMatchObject({
        outcome: 'skipped',
        reason: 'Conflict',
        patch: [],
      })
    })
  })

  it('stays as it was decided when another webhook mounts something at the path later', () => {
    const profiles = adopting({ appContainers: [] })
    const { spec, ...injected } = injectInto(podAsking('logging'), profiles)
    const [app] = spec?.containers ?? []
    const changed = {
      ...injected,
      spec: { ...spec, containers: [{ ...app!, volumeMounts: [mount('data', '/logs')] }] },
    }
    expect(decideOn(changed, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  it('believes no status about a volume that is not there', () => {
    const pod = podMounting(mount('data', '/logs'))
    const forged = withStatus(pod, { profiles: { logging: { revision: '0', volumes: ['logs'] } } })
    expect(injectInto(forged, adopting()).spec).toEqual(injectInto(pod, adopting()).spec)
  })
})
