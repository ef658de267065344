import { describe, expect, it } from 'vitest'
import { apply, byName, container, podAsking } from '../src/engine/decide.fixture.ts'
import type { Decision } from '../src/engine/decision.ts'
import type { Container, Pod, Strings, VolumeMount } from '../src/engine/pod.ts'
import type { JsonObject } from '../src/json/json.ts'
import type { Profile } from '../src/profile/profile.ts'
import { askingFor, catalog, decideByCatalog } from './catalog-asking.ts'

const each = catalog.all.map(profile => ({ name: profile.name, profile }))
/** Those that share a directory with the app, and where. */
const sharing = each.flatMap(({ name, profile }) => {
  const [mount] = mountsGiven(injected(profile, {}), 'app')
  return mount ? [{ name, profile, path: mount.mountPath }] : []
})

describe('what containers of a Pod share', () => {
  it('is tried on several profiles of the catalog', () => {
    expect(sharing.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['config-updater', 'init-config', 'log-tail', 'work-dir']),
    )
  })

  describe.each(sharing)('$name', ({ profile, path }) => {
    const mounting = (fields: JsonObject = {}) => ({
      volumeMounts: [{ name: 'own', mountPath: path, ...fields }],
    })
    const own = { volumes: [{ name: 'own', emptyDir: {} }] }

    it('gives two app containers one volume at one path', () => {
      const pod = injected(profile, { containers: [container('app'), container('web')] })
      expect(mountsGiven(pod, 'app')).not.toEqual([])
      expect(mountsGiven(pod, 'web')).toEqual(mountsGiven(pod, 'app'))
    })

    it('works in the volume that an app container mounts there already', () => {
      const apps = [container('app'), container('web', mounting())]
      const { outcome, warnings, patch } = decided(profile, { containers: apps, ...own })
      expect({ outcome, warnings }).toEqual({ outcome: 'injected', warnings: [adoption(profile, path)] })
      const pod = apply(asking(profile, { containers: apps, ...own }), patch)
      expect(byName(pod.spec?.containers, 'web')?.volumeMounts).toEqual(mounting().volumeMounts)
      expect(mountsGiven(pod, 'app').map(({ name }) => name)).toContain('own')
      expect(added(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))).toContain(
        'own',
      )
    })

    it('works in the part of a volume that an app container mounts there by subPath', () => {
      const apps = [container('app', mounting({ subPath: 'part' }))]
      const pod = injected(profile, { containers: apps, ...own })
      const mounts = added(pod).flatMap(({ volumeMounts = [] }) => volumeMounts)
      const adopted = mounts.filter(({ name }) => name === 'own')
      expect(adopted).not.toEqual([])
      expect(adopted.every(({ subPath }) => subPath === 'part')).toBe(true)
    })

    it('is refused with both sides where a subPathExpr decides what is mounted', () => {
      const apps = [container('app', mounting({ subPathExpr: '$(POD)' }))]
      expect(decided(profile, { containers: apps, ...own })).toMatchObject({
        outcome: 'denied',
        reason: 'Conflict',
        message: expect.stringContaining(
          `container "app" mounts ${path} by subPathExpr, which cannot be adopted`,
        ),
      })
    })

    it('lets an app write there whose root is read-only', () => {
      const app = container('app', { securityContext: { readOnlyRootFilesystem: true } })
      for (const { readOnly = false } of mountsGiven(injected(profile, { containers: [app] }), 'app'))
        expect(readOnly).toBe(false)
    })

    it("leaves the Pod's fsGroup and user as they are", () => {
      const securityContext = { fsGroup: 2000, runAsUser: 1000 }
      expect(injected(profile, { securityContext }).spec?.['securityContext']).toEqual(securityContext)
    })
  })
})

describe.each(each)('$name', ({ profile }) => {
  it.each([
    { why: 'by spec.os', spec: { os: { name: 'windows' } } },
    { why: 'by its nodeSelector', spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
  ])('is left out of a Windows Pod, $why, with a reason', ({ spec }) => {
    const rule = `catalog/${profile.name}.yaml must skip Pods for Windows: copy spec.requires[0] of catalog/log-tail.yaml`
    expect(decided(profile, spec), rule).toMatchObject({
      outcome: 'skipped',
      reason: 'RequirementNotMet',
      message: expect.stringContaining('Windows'),
      warnings: [expect.stringContaining(`profile ${profile.name} is skipped: `)],
    })
  })

  it.each([
    { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } },
    { nodeSelector: { 'kubernetes.io/arch': 'arm64' } },
    { nodeSelector: {} },
  ])('is given to a Linux Pod: %o', spec => {
    expect(decided(profile, spec)).toMatchObject({ outcome: 'injected' })
  })

  it("takes a port of the node's, in a Pod with the node's network, only where a parameter can move it", () => {
    const { outcome, reason, patch, profiles } = decided(profile, { hostNetwork: true })
    if (outcome === 'skipped') return expect(reason).toBe('RequirementNotMet')
    const ports = added(apply(asking(profile, { hostNetwork: true }), patch)).flatMap(({ ports = [] }) =>
      ports.map(({ containerPort }) => containerPort),
    )
    const movable = profiles.flatMap(({ parameters }) => parameters.map(({ value }) => value))
    expect(ports.filter(port => !movable.includes(port))).toEqual([])
  })
})

describe('work-dir', () => {
  const profile = catalog.find('work-dir', 'default') as Profile
  const copying = (app: JsonObject = {}) =>
    injected(profile, { containers: [container('app', app)] }, { 'pillion.dev/work-dir.copy': 'true' })

  it("copies what the app's image has there by the image's own cp, before it writes its file", () => {
    const pod = copying({ imagePullPolicy: 'Always' })
    expect(pod.spec?.initContainers).toMatchObject([
      {
        name: 'work-dir-copy',
        image: 'example/app:1',
        imagePullPolicy: 'Always',
        command: ['cp', '-R'],
        args: ['/work-dir/.', '/work-dir-copy'],
        volumeMounts: [{ name: 'work-dir', mountPath: '/work-dir-copy' }],
      },
      { name: 'work-dir' },
    ])
  })

  it('writes as the user and the group that it is told', () => {
    const as = (annotations: Strings) => {
      const pod = podAsking('work-dir', {}, annotations)
      const { spec } = apply(pod, decideByCatalog(pod).patch)
      return byName(spec?.initContainers, 'work-dir')?.['securityContext']
    }
    expect(as({ 'pillion.dev/work-dir.user': '1000' })).toMatchObject({ runAsUser: 1000, runAsGroup: 1000 })
    expect(as({ 'pillion.dev/work-dir.group': '2000' })).toMatchObject({
      runAsUser: 65_534,
      runAsGroup: 2000,
    })
  })
})

describe('config-updater', () => {
  const profile = catalog.find('config-updater', 'default') as Profile

  it('is refused where there is nothing to keep up to date', () => {
    const pod = podAsking('config-updater')
    expect(decideByCatalog(pod)).toMatchObject({
      outcome: 'denied',
      message: expect.stringContaining(
        'there is nothing to keep up to date; set pillion.dev/config-updater.configMap',
      ),
    })
  })

  it('is refused a signal where processes do not see each other', () => {
    const annotations = { 'pillion.dev/config-updater.process': 'nginx' }
    const alone = decided(profile, {}, annotations)
    expect(alone).toMatchObject({
      outcome: 'denied',
      message: expect.stringContaining('spec.shareProcessNamespace'),
    })
    expect(decided(profile, { shareProcessNamespace: true }, annotations).outcome).toBe('injected')
  })

  it.each([
    { secret: true, medium: 'Memory' },
    { secret: false, medium: '' },
  ])('keeps its files in memory when they are of a Secret: $secret', ({ secret, medium }) => {
    const source = secret ? 'secret' : 'configMap'
    const pod = podAsking('config-updater', {}, { [`pillion.dev/config-updater.${source}`]: 'x' })
    const { spec } = apply(pod, decideByCatalog(pod).patch)
    expect(byName(spec?.volumes, 'config-updater')).toEqual({ name: 'config-updater', emptyDir: { medium } })
    expect(spec?.volumes?.map(({ name }) => name)).toEqual([
      'config-updater',
      'config-updater-state',
      secret ? 'config-updater-secret' : 'config-updater-config-map',
    ])
  })
})

function adoption({ name }: Profile, path: string): string {
  return `profile ${name}: uses volume "own", which container "web" mounts at ${path}`
}

function injected(profile: Profile, spec: JsonObject, annotations: Strings = {}): Pod {
  const { outcome, message, patch } = decided(profile, spec, annotations)
  if (outcome !== 'injected') throw new Error(message)
  return apply(asking(profile, spec, annotations), patch)
}

function decided(profile: Profile, spec: JsonObject, annotations: Strings = {}): Decision {
  return decideByCatalog(asking(profile, spec, annotations))
}

function asking(profile: Profile, spec: JsonObject, annotations: Strings = {}): Pod {
  return podAsking(profile.name, spec, { ...askingFor(profile), ...annotations })
}

function mountsGiven({ spec }: Pod, app: string): readonly VolumeMount[] {
  return byName(spec?.containers, app)?.volumeMounts ?? []
}

/** The containers that are not the author's. */
function added({ spec }: Pod): readonly Container[] {
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  return all.filter(({ name }) => !['app', 'web'].includes(name))
}
