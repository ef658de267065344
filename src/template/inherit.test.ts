import { describe, expect, it } from 'vitest'
import { byName, container, injectInto, podAsking, profilesOf } from '../engine/decide.fixture.ts'
import { limits } from '../limits/limits.ts'

describe('inherit', () => {
  const app = container('app', {
    env: [
      { name: 'USER', value: 'cart' },
      { name: 'URL', value: 'db://$(USER)' },
    ],
    envFrom: [{ secretRef: { name: 'keys' } }],
    volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'cart' }],
    volumeDevices: [{ name: 'disk', devicePath: '/dev/disk' }],
  })
  const spec = { containers: [app], volumes: [{ name: 'data', emptyDir: {} }] }
  const inherit = ['env', 'envFrom', 'volumeMounts', 'volumeDevices']
  const given = (fields: object, pod = spec) => {
    const profiles = profilesOf({
      migrate: {
        volumes: [{ name: 'own', emptyDir: {} }],
        initContainers: [{ ...container('migrate'), ...fields }],
      },
    })
    return byName(injectInto(podAsking('migrate', pod), profiles).spec?.initContainers, 'migrate')
  }

  it("copies the app's lists unchanged, with references to environment variables", () => {
    const { env, envFrom, volumeMounts, volumeDevices } = app
    expect(given({ inherit })).toEqual({
      ...container('migrate'),
      env,
      envFrom,
      volumeMounts,
      volumeDevices,
    })
  })

  it('copies only the lists that are named', () => {
    expect(given({ inherit: ['env'] })).toEqual({ ...container('migrate'), env: app.env })
  })

  it("adds the items after the container's own, which stay if the key is the same", () => {
    const own = {
      env: [{ name: 'USER', value: 'root' }],
      volumeMounts: [{ name: 'own', mountPath: '/data' }],
    }
    const { env, volumeMounts } = given({ inherit, ...own }) ?? {}
    expect(env).toEqual([own.env[0], app.env?.[1]])
    expect(volumeMounts).toEqual(own.volumeMounts)
  })

  it.each([
    { path: '$(params.at)', why: 'one expression' },
    { path: '/$(params.name)', why: 'text with an expression' },
    { path: '$(params.?optional)', why: 'an optional' },
    { path: '/$(params.name)/', why: 'a slash behind it' },
    { path: '/$(string(params.number))', why: 'another value', stays: true },
  ])("keeps the container's own item if $why gives its path", ({ path, stays = false }) => {
    const parameters = {
      at: { type: 'string', default: '/data' },
      name: { type: 'string', default: 'data' },
      optional: { type: 'string', default: '/data' },
      number: { type: 'integer', default: 7 },
    }
    const own = { name: 'own', mountPath: path }
    const profiles = profilesOf({
      migrate: {
        parameters,
        volumes: [{ name: 'own', emptyDir: {} }],
        initContainers: [{ ...container('migrate'), inherit, volumeMounts: [own] }],
      },
    })
    const { spec: given } = injectInto(podAsking('migrate', spec), profiles)
    expect(byName(given?.initContainers, 'migrate')?.volumeMounts?.map(({ name }) => name)).toEqual(
      stays ? ['own', 'data'] : ['own'],
    )
  })

  it("copies the app's item if the container's own item with that key is left out", () => {
    const env = [{ name: 'USER', value: 'root', when: 'false' }]
    expect(given({ inherit: ['env'], env })?.env).toEqual(app.env)
  })

  it('copies nothing from an app without these lists', () => {
    expect(given({ inherit, when: 'true' }, { ...spec, containers: [container('app')] })).toEqual(
      container('migrate'),
    )
  })

  it('copies lists and texts that are larger than a profile may have', () => {
    const env = Array.from({ length: 300 }, (_, i) => ({ name: `E${i}`, value: `${i}` }))
    const large = { ...app, env: [...env, { name: 'LARGE', value: 'x'.repeat(limits.profileText + 1) }] }
    expect(given({ inherit: ['env'] }, { ...spec, containers: [large] })?.env).toEqual(large.env)
  })

  it('adds nothing when the API server calls again', () => {
    const profiles = profilesOf({ migrate: { initContainers: [{ ...container('migrate'), inherit }] } })
    const once = injectInto(podAsking('migrate', spec), profiles)
    expect(injectInto(once, profiles)).toEqual(once)
  })
})
