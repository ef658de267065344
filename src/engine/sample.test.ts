import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject } from '../json/json.ts'
import { accepted, clusterProfile } from '../profile/profile.fixture.ts'
import { container, names } from './decide.fixture.ts'
import { type Sample, sampleOf } from './sample.ts'

const sample = (spec: JsonObject) => sampleOf(accepted(clusterProfile(spec)), '1.34')

function podIn(made: Sample) {
  if ('missing' in made) throw new Error(made.missing)
  return made.pod
}

const sidecar = (value: string) => [container('logging', { args: [value] })]

describe('a sample', () => {
  it('is a plain Pod with the profile in it, which asks for nothing any more', () => {
    const { metadata, spec } = podIn(
      sample({ containers: sidecar('a'), pod: { annotations: { 'example.com/a': 'b' } } }),
    )
    expect(names(spec?.containers)).toEqual(['app'])
    expect(names(spec?.initContainers)).toEqual(['logging'])
    expect(metadata).toMatchObject({ generateName: 'pillion-proof-' })
    expect(metadata?.annotations).toEqual({
      'example.com/a': 'b',
      'kubectl.kubernetes.io/default-container': 'app',
    })
  })

  it('can be had of all profiles of the catalog', () => {
    const files = globSync('catalog/*.yaml')
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) podIn(sampleOf(accepted(parse(readFileSync(file, 'utf8'))), '1.34'))
  })

  it.each<{ what: string; parameter: JsonObject; value: string }>([
    { what: 'a string', parameter: { type: 'string' }, value: 'sample' },
    { what: 'one of a few', parameter: { type: 'string', enum: ['debug', 'info'] }, value: 'debug' },
    {
      what: 'an example',
      parameter: { type: 'string', pattern: '^/[a-z/]+$', example: '/a/b' },
      value: '/a/b',
    },
    {
      what: 'an example beside a default',
      parameter: { type: 'string', default: 'a', example: 'b' },
      value: 'b',
    },
    { what: 'an integer', parameter: { type: 'integer' }, value: '1' },
    { what: 'an integer of some size', parameter: { type: 'integer', minimum: 1024 }, value: '1024' },
    { what: 'a negative integer', parameter: { type: 'integer', maximum: -5 }, value: '-5' },
    { what: 'a number', parameter: { type: 'number', minimum: 0.25 }, value: '0.25' },
    { what: 'a truth', parameter: { type: 'boolean' }, value: 'true' },
    { what: 'a quantity', parameter: { type: 'quantity', minimum: '1Mi' }, value: '64Mi' },
    { what: 'a large quantity', parameter: { type: 'quantity', minimum: '1Gi' }, value: '1Gi' },
    { what: 'a default', parameter: { type: 'string', default: 'given' }, value: 'given' },
  ])('has $what for a parameter', ({ parameter, value }) => {
    const required = parameter['default'] === undefined
    const { spec } = podIn(
      sample({
        parameters: { a: { ...parameter, ...(required && { required }) } },
        containers: sidecar('$(string(params.a))'),
      }),
    )
    expect(spec?.initContainers?.[0]?.['args']).toEqual([value])
  })

  it('has the default if the example needs something that a plain Pod does not have', () => {
    const parameters = { a: { type: 'string', default: 'none', example: 'nginx' } }
    const requires = [{ expression: 'params.a == "none"', message: 'needs more' }]
    const { spec } = podIn(sample({ parameters, requires, containers: sidecar('$(params.a)') }))
    expect(spec?.initContainers?.[0]?.['args']).toEqual(['none'])
  })

  it('does without an optional parameter whose pattern takes no simple value', () => {
    const parameters = { a: { type: 'string', pattern: '^qq{9}$' } }
    const { spec } = podIn(sample({ parameters, containers: sidecar("$(params.?a.orValue('none'))") }))
    expect(spec?.initContainers?.[0]?.['args']).toEqual(['none'])
  })

  it('cannot be had without a value for a required one', () => {
    const parameters = { a: { type: 'string', pattern: '^qq{9}$', required: true } }
    expect(sample({ parameters, containers: sidecar('$(params.a)') })).toEqual({
      missing:
        'parameter a takes none of the simple values (string, matching ^qq{9}$): add an example to spec.parameters.a',
    })
  })

  it('cannot be had when it does not meet what the profile requires', () => {
    const requires = [{ expression: 'pod.spec.?hostNetwork.orValue(false)', message: 'needs the node' }]
    expect(sample({ requires, containers: sidecar('a') })).toEqual({
      missing: 'a sample Pod does not get it: profile logging: needs the node',
    })
  })

  it('can be had wherever the profile may be used, and of a namespace’s own', () => {
    const namespaceSelector = { matchLabels: { team: 'red' } }
    podIn(sample({ usableIn: { namespaceSelector }, containers: sidecar('a') }))
    const own = {
      ...clusterProfile({ containers: sidecar('$(namespaceObject.metadata.name)') }),
      kind: 'SidecarProfile',
      metadata: { name: 'logging', namespace: 'shop' },
    }
    expect(podIn(sampleOf(accepted(own), '1.34')).spec?.initContainers?.[0]?.['args']).toEqual(['shop'])
  })

  it('has app containers of the names that the profile selects', () => {
    const env = [{ name: 'A', value: '1' }]
    const { spec } = podIn(sample({ appContainers: [{ select: ['web', 'worker'], env }] }))
    expect(spec?.containers).toEqual([
      expect.objectContaining({ name: 'web', env }),
      expect.objectContaining({ name: 'worker', env }),
    ])
  })

  it('has one app container of each name, except those of the profile', () => {
    const appContainers = [{ select: ['web', 'side'] }, { select: ['web'] }, { select: 'all' }]
    const { spec } = podIn(sample({ lifecycle: 'regular', appContainers, containers: [container('side')] }))
    expect(names(spec?.containers)).toEqual(['web', 'side'])
  })

  it('has an app container that is in nobody’s way', () => {
    const taking = (...taken: string[]) => {
      const { spec } = podIn(sample({ lifecycle: 'regular', containers: taken.map(name => container(name)) }))
      return names(spec?.containers)[0]
    }
    expect(taking('app')).toBe('sample')
    expect(taking('app', 'sample')).toBe('pillion-sample-app')
    expect(taking('app', 'sample', 'pillion-sample-app')).toBe('pillion-sample')
    const { spec } = podIn(sample({ initContainers: [container('app')] }))
    expect(names(spec?.containers)).toEqual(['sample'])
  })

  it('is plain: what Pod Security restricts is not in it, and its port is nobody’s', () => {
    const { apiVersion, kind, metadata, spec } = podIn(
      sample({ appContainers: [{ select: ['web', 'worker'] }], containers: sidecar('a') }),
    )
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'Pod' })
    expect(metadata?.labels).toEqual({ app: 'sample', 'app.kubernetes.io/name': 'sample' })
    const plain = {
      image: 'registry.k8s.io/pause:3.10',
      securityContext: {
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    }
    expect(spec?.containers).toEqual([
      { name: 'web', ...plain, ports: [{ name: 'sample', containerPort: 61_234 }] },
      { name: 'worker', ...plain },
    ])
  })

  it('says of the examples, not of the defaults, why it cannot be had', () => {
    const parameters = { a: { type: 'string', default: 'none', example: 'nginx' } }
    const requires = [{ expression: 'params.a == "both"', message: 'needs more' }]
    expect(sample({ parameters, requires, containers: sidecar('$(params.a)') })).toEqual({
      missing: 'a sample Pod does not get it: profile logging: needs more',
    })
    const skipping = [{ ...requires[0], otherwise: 'skip' }]
    expect(sample({ parameters, requires: skipping, containers: sidecar('a') })).toHaveProperty('missing')
  })

  it('is in a namespace that allows everything that an admin can allow', () => {
    const own = {
      ...clusterProfile({ containers: [container('tap', { securityContext: { privileged: true } })] }),
      kind: 'SidecarProfile',
      metadata: { name: 'logging', namespace: 'shop' },
    }
    expect(names(podIn(sampleOf(accepted(own), '1.34')).spec?.initContainers)).toEqual(['tap'])
  })
})
