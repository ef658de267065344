import { describe, expect, it } from 'vitest'
import { container, injectInto, podAsking, profilesOf, withStatus } from './decide.fixture.ts'
import { annotation, type Pod } from './pod.ts'
import { submitted } from './submitted.ts'

const profiles = profilesOf({
  logging: {
    lifecycle: 'regular',
    volumes: [{ name: 'logs', emptyDir: {} }],
    containers: [container('ship')],
    appContainers: [{ select: 'all', env: [{ name: 'LOGS', value: '/logs' }] }],
    pod: { annotations: { 'example.com/logs': 'yes' }, labels: { logs: 'yes' } },
  },
})
const all = profiles.all

describe('submitted', () => {
  it('is the Pod before we injected', () => {
    const pod = podAsking('logging')
    expect(submitted(injectInto(pod, profiles), all)).toEqual(pod)
  })

  it('is the same Pod where there is no status', () => {
    const pod = podAsking('logging')
    expect(submitted(pod, all)).toBe(pod)
  })

  it('has what others added since, in front and behind', () => {
    const injected = injectInto(podAsking('logging'), profiles)
    const { containers = [], volumes = [] } = injected.spec ?? {}
    const later: Pod = {
      ...injected,
      spec: {
        containers: [container('front'), ...containers, container('behind')],
        volumes: [...volumes, { name: 'behind', emptyDir: {} }],
      },
    }
    expect(submitted(later, all).spec).toEqual({
      containers: [container('front'), container('app'), container('behind')],
      volumes: [{ name: 'behind', emptyDir: {} }],
    })
  })

  it('believes a status only of what the profiles can have given', () => {
    const pod = podAsking('logging')
    const claims = { revision: '0', containers: ['app'], volumes: ['data'] }
    const forged = withStatus(pod, {
      profiles: { logging: claims, other: { revision: '0', containers: ['app'] } },
    })
    expect(submitted(forged, all)).toEqual(pod)
    const injected = injectInto(pod, profiles)
    const { [annotation.status]: _, ...annotations } = injected.metadata?.annotations ?? {}
    const others = submitted(injected, [])
    expect(others.spec).toEqual(injected.spec)
    expect(others.metadata?.annotations).toMatchObject({
      'example.com/logs': annotations['example.com/logs'],
    })
  })

  it('leaves the Pod it is given as it was', () => {
    const injected = injectInto(podAsking('logging'), profiles)
    const before = structuredClone(injected)
    submitted(injected, all)
    expect(injected).toEqual(before)
  })
})
