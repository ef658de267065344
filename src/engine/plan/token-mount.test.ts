import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, podAsking, profilesOf, uninjected } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'

const path = '/var/run/secrets/kubernetes.io/serviceaccount'
const token = { name: 'kube-api-access-x7f2p', readOnly: true, mountPath: path }
const volumes = [{ name: token.name, projected: { sources: [] } }]

/** As the API server has it when it calls us: its own plugin comes first. */
function podWith(mount: JsonObject, own: readonly JsonObject[] = []): Pod {
  const app = container('app', { volumeMounts: [...own, mount] })
  return podAsking('ship', { containers: [app], volumes })
}

const profiles = profilesOf({
  ship: {
    volumes: [{ name: 'logs', emptyDir: {} }],
    initContainers: [container('prepare')],
    containers: [container('ship', { volumeMounts: [{ name: 'logs', mountPath: '/logs' }] })],
  },
})

const mountsIn = (pod: Pod) => pod.spec?.initContainers?.map(({ volumeMounts }) => volumeMounts ?? [])

describe('a container that is added', () => {
  it('mounts the token as the others do, behind its own', () => {
    expect(mountsIn(injectInto(podWith(token), profiles))).toEqual([
      [{ name: 'logs', mountPath: '/logs' }, token],
      [token],
    ])
  })

  it('is what it was on a second call, and goes as a whole', () => {
    const pod = podWith(token)
    const injected = injectInto(pod, profiles)
    expect(decideOn(injected, profiles)).toMatchObject({ outcome: 'unchanged' })
    expect(uninjected(injected).spec).toEqual(pod.spec)
  })

  it.each([
    ['the Pod mounts none', { name: 'data', mountPath: '/data' }],
    ['its author mounts one of his own', { name: 'my-token', mountPath: path }],
    ['it is mounted elsewhere', { ...token, mountPath: '/token' }],
  ])('mounts no token where %s', (_, mount) => {
    expect(mountsIn(injectInto(podWith(mount), profiles))).toEqual([
      [{ name: 'logs', mountPath: '/logs' }],
      [],
    ])
  })

  it('keeps what its profile mounts there', () => {
    const own = { name: 'own', mountPath: `${path}/` }
    const shipping = profilesOf({
      ship: {
        volumes: [{ name: 'own', emptyDir: {} }],
        containers: [container('ship', { volumeMounts: [own] })],
      },
    })
    expect(mountsIn(injectInto(podWith(token), shipping))).toEqual([[own]])
  })
})
