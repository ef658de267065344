import { describe, expect, it } from 'vitest'
import { container, podAsking, podOf, profilesOf, subjectOf } from '../decide.fixture.ts'
import type { Pod, Strings } from '../pod.ts'
import { branchesOf, takenBy } from './branches.ts'

const profile = profilesOf({
  logging: {
    parameters: { on: { type: 'boolean', default: false }, level: { type: 'integer', default: 1 } },
    requires: [
      { expression: 'params.level > 0', message: 'no level' },
      { expression: '!has(pod.spec.hostNetwork)', message: 'on the host', otherwise: 'skip' },
    ],
    volumes: [{ name: 'logs', when: 'params.on', emptyDir: {} }],
    initContainers: [container('prepare', { when: 'params.level > 1' })],
    containers: [
      container('ship', {
        when: 'params.on',
        env: [{ name: 'DEBUG', value: '1', when: 'params.level > 2' }],
      }),
    ],
    appContainers: [
      {
        select: 'all',
        env: [{ name: 'MAIN', value: '1', when: 'container.name == "app"' }],
        envFrom: [{ configMapRef: { name: 'logs' }, when: 'params.level > 3' }],
        volumeMounts: [{ name: 'logs', mountPath: '/logs', when: 'params.on' }],
      },
    ],
    pod: { imagePullSecrets: [{ name: 'registry', when: 'params.level > 4' }] },
  },
}).find('logging', 'shop')!

const fields = {
  level: 'spec.requires[0].expression',
  host: 'spec.requires[1].expression',
  volume: 'spec.volumes[0].when',
  prepare: 'spec.initContainers[0].when',
  ship: 'spec.containers[0].when',
  debug: 'spec.containers[0].env[0].when',
  secret: 'spec.pod.imagePullSecrets[0].when',
  main: 'spec.appContainers[0].env[0].when',
  source: 'spec.appContainers[0].envFrom[0].when',
  mount: 'spec.appContainers[0].volumeMounts[0].when',
}

it('the branches of a profile are its requirements and all that is given under a condition', () => {
  expect(branchesOf(profile)).toEqual([
    { field: fields.level, source: 'params.level > 0' },
    { field: fields.host, source: '!has(pod.spec.hostNetwork)' },
    { field: fields.volume, source: 'params.on' },
    { field: fields.prepare, source: 'params.level > 1' },
    { field: fields.ship, source: 'params.on' },
    { field: fields.debug, source: 'params.level > 2' },
    { field: fields.secret, source: 'params.level > 4' },
    { field: fields.main, source: 'container.name == "app"' },
    { field: fields.source, source: 'params.level > 3' },
    { field: fields.mount, source: 'params.on' },
  ])
})

describe('the branches that a Pod takes', () => {
  const taken = (parameters: Strings = {}, spec: Pod['spec'] = {}) => {
    const annotations = Object.entries(parameters).map(([name, text]) => [
      `pillion.dev/logging.${name}`,
      text,
    ])
    return takenBy(subjectOf(podAsking('logging', spec, Object.fromEntries(annotations))), profile)
  }

  it('do not go into what is not given', () => {
    expect(taken()).toEqual({
      params: { on: false, level: 1 },
      branches: [
        [fields.level, true],
        [fields.host, true],
        [fields.volume, false],
        [fields.prepare, false],
        [fields.ship, false],
        [fields.secret, false],
        [fields.main, true],
        [fields.source, false],
        [fields.mount, false],
      ],
    })
  })

  it('go into what is given, for each app container that is selected', () => {
    const containers = [container('app'), container('web'), container('ship')]
    expect(taken({ on: 'true', level: '3' }, { containers })).toEqual({
      params: { on: true, level: 3 },
      branches: [
        [fields.level, true],
        [fields.host, true],
        [fields.volume, true],
        [fields.prepare, true],
        [fields.ship, true],
        [fields.debug, true],
        [fields.secret, false],
        [fields.main, true],
        [fields.source, false],
        [fields.mount, true],
        [fields.main, false],
        [fields.source, false],
        [fields.mount, true],
      ],
    })
  })

  it('end with the requirements if the Pod does not meet one', () => {
    expect(taken({ level: '0' }, { hostNetwork: true })).toEqual({
      params: { on: false, level: 0 },
      branches: [
        [fields.level, false],
        [fields.host, false],
      ],
    })
    expect(taken({}, { hostNetwork: true })?.branches).toEqual([
      [fields.level, true],
      [fields.host, false],
    ])
  })

  it('are not known without valid parameters', () => {
    expect(taken({ level: 'x' })).toBeUndefined()
  })

  it('do not include a condition that cannot be evaluated', () => {
    const failing = profilesOf({
      failing: {
        requires: [{ expression: 'pod.spec.missing == 1', message: 'no' }],
        containers: [container('ship')],
      },
    }).all[0]!
    expect(takenBy(subjectOf(podOf()), failing)).toEqual({ params: {}, branches: [] })
  })
})
