import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { catalogDirectory, readProfiles } from '../../server/profile-directory.ts'
import { contentsOf, type Template } from '../../template/template.ts'
import { container, namespace, podOf, profileOf } from '../decide.fixture.ts'
import { renderProfiles } from '../render/render.ts'
import { specializeProfile, type Templates } from './resolve.ts'

const kind = 'ClusterSidecarProfile'
const parameters = {
  text: { type: 'string' },
  token: { type: 'string' },
  port: { type: 'integer' },
  on: { type: 'boolean' },
}
const params = { text: 'a,b', port: 80, on: false }

function settled(spec: JsonObject): Templates {
  return specializeProfile(
    profileOf({ kind, metadata: { name: 'ship' }, spec: { parameters, ...spec } }),
    params,
  )
}

function expressionsLeft(template: Template | undefined): readonly string[] {
  const { expressions = [], parts = [] } = template ? contentsOf(template) : {}
  return [...expressions.map(({ source }) => source), ...parts.flatMap(expressionsLeft)]
}

/** The body of the one sidecar with these fields. */
function sidecar(fields: JsonObject) {
  return settled({ containers: [container('ship', fields)] }).containers[0]?.body
}

describe('what parameters decide alone', () => {
  it('is constant', () => {
    const fields = {
      args: ['--port=$(params.port)', '$(params.?token)'],
      env: [{ name: 'CONFIG', json: { port: ['$(params.port)', '$(params.text.split(","))'] } }],
      workingDir: '$(params.?token)',
      volumeMounts: [{ when: 'params.on', name: 'v', mountPath: '/v' }],
    }
    const spec = { containers: [container('ship', fields)], volumes: [{ name: 'v', emptyDir: {} }] }
    expect(settled(spec).containers[0]?.body).toEqual({
      kind: 'constant',
      value: {
        name: 'ship',
        image: 'example/ship:1',
        args: ['--port=80'],
        env: [{ name: 'CONFIG', value: '{"port":[80,"a","b"]}' }],
        volumeMounts: [],
      },
    })
  })

  it('is constant beside what reads the Pod', () => {
    const list = ['$(params.text)', '$(pod.metadata.name)', '$(params.text.split(","))', '$(params.?token)']
    expect(sidecar({ env: [{ name: 'CONFIG', json: { list } }] })).toMatchObject({
      kind: 'object',
      members: [
        ['name', { kind: 'constant' }],
        ['image', { kind: 'constant' }],
        [
          'env',
          {
            items: [
              {
                members: [
                  ['name', { kind: 'constant' }],
                  ['value', { kind: 'json' }],
                ],
              },
            ],
          },
        ],
      ],
    })
    expect(expressionsLeft(sidecar({ env: [{ name: 'CONFIG', json: { list } }] }))).toEqual([
      'pod.metadata.name',
    ])
  })

  it.each([
    ['a name in the namespace', '$(namespaceObject.metadata.name)'],
    ['the app', '$(app.name)'],
    ['the Pod', '$(pod.metadata.name)'],
  ])('does not hold %s', (_, workingDir) => {
    expect(sidecar({ workingDir })?.kind).toBe('object')
  })

  it('leaves out what is false for them, and keeps a condition on the Pod', () => {
    const env = (when: string) => ({ when, name: 'A', value: '1' })
    const body = sidecar({ env: [env('params.on'), env('!params.on'), env('has(pod.spec)')] })
    expect(body).toMatchObject({
      members: [{}, {}, ['env', { items: [{ kind: 'constant' }, { kind: 'when' }] }]],
    })
  })

  it('is no requirement any more when it is true', () => {
    const requires = ['params.port == 80', 'params.on', 'has(pod.spec)', '1 / (params.port - 80) == 1'].map(
      expression => ({ expression, message: 'no' }),
    )
    expect(settled({ requires }).requires.map(({ expression }) => expression.source)).toEqual([
      'params.on',
      'has(pod.spec)',
      '1 / (params.port - 80) == 1',
    ])
  })

  it('stays as it is where it cannot be evaluated, for the Pod to hear of it', () => {
    expect(sidecar({ workingDir: '$(params.token)' })?.kind).toBe('object')
  })
})

describe('a settled profile', async () => {
  const { profiles } = await readProfiles(catalogDirectory())
  const pod = podOf({ containers: [container('app', { env: [{ name: 'A', value: '1' }] })] })
  const app = pod.spec?.containers?.[0] ?? {}

  it.each(profiles.all.map(profile => [profile.name, profile] as const))(
    'gives a Pod what its own templates give it: %s',
    (_, profile) => {
      const params: JsonObject = Object.fromEntries(
        Object.entries(profile.parameters).flatMap(([name, { default: value, type }]) =>
          value === undefined && type !== 'string' ? [] : [[name, value ?? 'x'] as const],
        ),
      )
      const namespaceObject = { metadata: { ...namespace } }
      const choice = {
        profile,
        parameters: [],
        params,
        isNative: true,
        scope: { params, pod, namespaceObject, app },
      }
      const [own, known] = [profile, specializeProfile(profile, params)].map(templates => {
        const { injections, refused } = renderProfiles([{ ...choice, templates }], pod.spec?.containers ?? [])
        return { injections: injections.map(({ templates: _, ...given }) => given), refused }
      })
      expect(known).toEqual(own)
      expect(known?.refused).toEqual([])
    },
  )
})
