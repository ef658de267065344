import { describe, expect, it } from 'vitest'
import {
  container,
  decideOn,
  injectInto,
  podAsking,
  podOf,
  profilesOf,
  withStatus,
} from '../decide.fixture.ts'

const noHostNetwork = {
  expression: 'pod.spec.?hostNetwork != optional.of(true)',
  message: 'it shares the network of its node',
}
const requiring = (...requires: object[]) =>
  profilesOf({
    proxy: { requires, containers: [container('proxy')] },
    logging: { containers: [container('ship')] },
  })

const onHost = { hostNetwork: true }

describe('requires', () => {
  it('is met', () => {
    expect(decideOn(podAsking('proxy'), requiring(noHostNetwork)).outcome).toBe('injected')
  })

  it('denies, unless it says otherwise', () => {
    for (const requirement of [noHostNetwork, { ...noHostNetwork, otherwise: 'deny' }]) {
      expect(decideOn(podAsking('proxy,logging', onHost), requiring(requirement))).toMatchObject({
        outcome: 'denied',
        reason: 'RequirementNotMet',
        message: 'profile proxy: it shares the network of its node',
        patch: [],
      })
    }
  })

  it('blames the author of the Pod for a parameter that it cannot read, and the profile for all else', () => {
    const parameters = { size: { type: 'string', default: '1' } }
    const of = (expression: string) =>
      profilesOf({
        proxy: {
          parameters,
          requires: [{ expression, message: 'needs a size' }],
          containers: [container('proxy', { args: ['$(params.size)'] })],
        },
      })
    const pod = podAsking('proxy', {}, { 'pillion.dev/proxy.size': 'x' })
    const fault = /; the fault is in the profile: an admin has to correct it$/
    const { message } = decideOn(pod, of('int(params.size) > 0'))
    expect(message).toMatch(/^profile proxy: needs a size: spec\.requires\[0\]\.expression: /)
    expect(message).not.toMatch(fault)
    const broken = decideOn(pod, of('int(pod.metadata.name) > 0')).message
    expect(broken).toMatch(/^profile proxy cannot be applied to this Pod: spec\.requires\[0\]\.expression: /)
    expect(broken).toMatch(fault)
  })

  it('skips, and gives the others with a warning', () => {
    const profiles = requiring({ ...noHostNetwork, otherwise: 'skip' })
    expect(decideOn(podAsking('proxy', onHost), profiles)).toMatchObject({
      outcome: 'skipped',
      reason: 'RequirementNotMet',
      message: 'profile proxy: it shares the network of its node',
      patch: [],
    })
    expect(decideOn(podAsking('proxy,logging', onHost), profiles)).toMatchObject({
      outcome: 'injected',
      warnings: ['profile proxy is skipped: it shares the network of its node'],
    })
  })

  it('says all that is not met', () => {
    const profiles = requiring(noHostNetwork, {
      expression: 'has(pod.metadata.labels)',
      message: 'it has no labels',
    })
    expect(decideOn(podAsking('proxy', onHost), profiles).message.split('\n')).toEqual([
      '- profile proxy: it shares the network of its node',
      '- profile proxy: it has no labels',
    ])
  })

  it('is not met when it cannot be evaluated, and says why', () => {
    const profiles = requiring({ expression: 'pod.spec.hostNetwork', message: 'no', otherwise: 'skip' })
    const decision = decideOn(podAsking('proxy'), profiles)
    expect(decision.outcome).toBe('skipped')
    const what =
      'cannot be applied to this Pod: spec.requires[0].expression: pod.spec.hostNetwork: No such key: hostNetwork; the fault is in the profile: an admin has to correct it'
    expect(decision.message).toBe(`profile proxy ${what}`)
    expect(decision.warnings).toEqual([`profile proxy is skipped: ${what}`])
  })

  it('sees parameters, the namespace and the first selected app container', () => {
    const profiles = profilesOf({
      proxy: {
        parameters: { port: { type: 'integer', default: 80 } },
        requires: [
          {
            expression:
              'app.name == "web" && params.port == 80 && namespaceObject.metadata.name == "shop" && !has(namespaceObject.metadata.labels.team)',
            message: 'no',
          },
        ],
        appContainers: [{ select: 'container.name.startsWith("w")', env: [{ name: 'A', value: '1' }] }],
      },
    })
    const pod = podAsking('proxy', { containers: [container('app'), container('web')] })
    expect(decideOn(pod, profiles).outcome).toBe('injected')
  })

  describe('is not got round by a forged status', () => {
    const claim = (injected: object) => ({ profiles: { proxy: { revision: '0', ...injected } } })

    it.each([
      {
        what: 'a setting',
        spec: { shareProcessNamespace: true },
        claims: { shareProcessNamespace: true },
        expression: '!has(pod.spec.shareProcessNamespace)',
      },
      {
        what: 'a label',
        metadata: { labels: { tier: 'db' } },
        claims: { labels: ['tier'] },
        expression: 'pod.metadata.?labels.?tier != optional.of("db")',
      },
      {
        what: 'an annotation',
        metadata: { annotations: { x: 'y', 'pillion.dev/inject': 'proxy' } },
        claims: { annotations: ['x'] },
        expression: '!("x" in pod.metadata.annotations)',
      },
      {
        what: 'an app container',
        spec: { containers: [container('app'), container('vm')] },
        claims: { containers: ['vm'] },
        expression: 'size(pod.spec.containers) == 1',
      },
      {
        what: 'an init container',
        spec: { initContainers: [container('vm')] },
        claims: { initContainers: ['vm'] },
        expression: '!has(pod.spec.initContainers)',
      },
      {
        what: 'a volume',
        spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] },
        claims: { volumes: ['host'] },
        expression: '!has(pod.spec.volumes)',
      },
      {
        what: 'an alias',
        spec: { hostAliases: [{ ip: '10.0.0.1' }] },
        claims: { hostAliases: ['10.0.0.1'] },
        expression: '!has(pod.spec.hostAliases)',
      },
      {
        what: 'a variable',
        spec: { containers: [container('app', { env: [{ name: 'X', value: '' }] })] },
        claims: { app: { app: { env: ['X'] } } },
        expression: '!has(app.env)',
      },
      {
        what: 'a source',
        spec: { containers: [container('app', { envFrom: [{ secretRef: { name: 's' } }] })] },
        claims: { app: { app: { envFrom: ['secret/s'] } } },
        expression: '!has(app.envFrom)',
      },
      {
        what: 'a mount',
        spec: { containers: [container('app', { volumeMounts: [{ name: 'x', mountPath: '/x' }] })] },
        claims: { app: { app: { volumeMounts: ['/x'] } } },
        expression: '!has(app.volumeMounts)',
      },
    ])('that claims $what of the author', ({ spec = {}, metadata = {}, claims, expression }) => {
      const profiles = profilesOf({
        proxy: {
          requires: [{ expression, message: 'refused' }],
          containers: [container('proxy')],
          volumes: [{ name: 'own', emptyDir: {}, when: 'true' }],
          pod: { labels: { mesh: 'yes' }, annotations: { mesh: '$(pod.metadata.name)' } },
          appContainers: [{ select: 'all', env: [{ name: 'MESH', value: '$(container.name)' }] }],
        },
      })
      const pod = podOf(spec, { annotations: { 'pillion.dev/inject': 'proxy' }, ...metadata })
      expect(decideOn(withStatus(pod, claim(claims)), profiles)).toMatchObject({
        outcome: 'denied',
        message: 'profile proxy: refused',
      })
    })

    it("while its own additions are still not the author's", () => {
      const profiles = profilesOf({
        proxy: {
          requires: [
            {
              expression:
                '!has(pod.spec.initContainers) && !has(pod.spec.volumes) && !has(pod.metadata.labels) && !has(pod.spec.shareProcessNamespace) && !has(app.env) && !has(app.volumeMounts) && !has(app.envFrom) && size(pod.metadata.annotations) == 1',
              message: 'refused',
            },
          ],
          parameters: { name: { type: 'string', default: 'MESH' } },
          containers: [container('proxy')],
          volumes: [
            { name: 'own', emptyDir: {} },
            { name: 'tmp', emptyDir: {}, when: 'size(params.name) > 0' },
            { name: 'big', emptyDir: { sizeLimit: '$(params.name == "" ? "1Gi" : "2Gi")' } },
          ],
          pod: {
            labels: { mesh: 'yes' },
            annotations: { mesh: '$(pod.metadata.name)' },
            shareProcessNamespace: true,
          },
          appContainers: [
            {
              select: 'all',
              env: [{ name: '$(params.name)', value: '1' }],
              envFrom: [{ configMapRef: { name: 'mesh' } }],
              volumeMounts: [{ name: 'own', mountPath: '/own' }],
            },
          ],
        },
      })
      const once = injectInto(podAsking('proxy'), profiles)
      expect(decideOn(once, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
    })
  })
})
