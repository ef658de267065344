import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { importText } from '../../src/cli/import/import-text.ts'
import { importFormats } from '../../src/cli/import/names.ts'
import { injectInto, podAsking, profileOf, statusIn } from '../../src/engine/decide.fixture.ts'
import type { Json, JsonObject } from '../../src/json/json.ts'
import { collect } from '../../src/profile/accept/profiles.ts'
import { badRollouts, goodRollouts } from '../../src/profile/check/rollout-rules.fixture.ts'
import { customResourceDefinition } from '../../src/profile/schema/crd.ts'
import descriptions from '../../src/profile/schema/descriptions.gen.json' with { type: 'json' }
import { kinds } from '../../src/profile/schema/schema.ts'
import { installCustomResources } from './custom-resources.ts'
import { from } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'))
const catalog: Profile[] = globSync('catalog/*.yaml', { cwd: root }).sort().map(read)

describe.each(kinds)('the CustomResourceDefinition of %s', kind => {
  const file = `charts/pillion/charts/crds/crds/${kind.toLowerCase()}s.yaml`

  it('is committed as the schema makes it', async () => {
    expect(read(file)).toEqual(customResourceDefinition(kind))
    await promisify(execFile)(process.execPath, ['tools/generate.ts', '--check'], { cwd: root })
  })

  it('leaves room in an object of etcd, and in the annotation of a client-side apply', () => {
    expect(statSync(join(root, file)).size).toBeLessThan(400_000)
    expect(JSON.stringify(customResourceDefinition(kind)).length).toBeLessThan(262_144)
  })
})

describeWithApiServer('profiles as custom resources', server => {
  const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
  const create = (profile: Profile, path = profiles) =>
    server().request<Answer>('POST', `${path}?fieldValidation=Strict`, profile)
  const tried = (spec: JsonObject, name = 'tried') =>
    server().request<Answer>('POST', `${profiles}?fieldValidation=Strict`, named(name, spec), {
      dryRun: true,
    })

  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
  })

  it.each(importFormats)(
    'are what pillion import makes of a file of %s, and Pods have a place for it',
    from('1.29'),
    async format => {
      const file = `docs/migration/${format}.yaml`
      const [imported] = importText(format, readFileSync(join(root, file), 'utf8'), file)
      const [profile] = imported!.profiles as unknown as readonly Profile[]
      const { name, namespace } = profile!.metadata
      const path = namespace ? `/apis/pillion.dev/v1alpha1/namespaces/${namespace}/sidecarprofiles` : profiles
      const stored = await server().request<Answer>('POST', `${path}?fieldValidation=Strict`, profile!, {
        dryRun: true,
      })
      expect(stored).toMatchObject({ status: 201 })
      const read = collect([profileOf(profile as unknown as JsonObject)]).profiles
      const injected = injectInto({ apiVersion: 'v1', kind: 'Pod', ...podAsking(name) }, read)
      expect(statusIn(injected)).not.toBeNull()
      const pods = '/api/v1/namespaces/shop/pods?fieldValidation=Strict'
      const created = await server().request<Answer>('POST', pods, injected, { dryRun: true })
      expect(created).toMatchObject({ status: 201 })
    },
  )

  it('have short names, a category and a status', async () => {
    const { body } = await server().request<{ resources: object[] }>('GET', '/apis/pillion.dev/v1alpha1')
    expect(body.resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ shortNames: ['csp'], namespaced: false, categories: ['pillion'] }),
        expect.objectContaining({ shortNames: ['sp'], namespaced: true, categories: ['pillion'] }),
        expect.objectContaining({ name: 'clustersidecarprofiles/status' }),
        expect.objectContaining({ name: 'sidecarprofiles/status' }),
      ]),
    )
  })

  it.each(catalog.map(profile => ({ name: profile.metadata.name, profile })))(
    'take $name of the catalog, and give back what it says',
    async ({ profile }) => {
      const { status, body } = await create(profile)
      expect({ status, message: body.message, spec: body.spec }).toEqual({ status: 201, spec: profile.spec })
    },
  )

  it('belong to a namespace, when they are a SidecarProfile', async () => {
    const [profile] = catalog as [Profile]
    const path = '/apis/pillion.dev/v1alpha1/namespaces/default/sidecarprofiles'
    const { status, body } = await create({ ...profile, kind: 'SidecarProfile' }, path)
    expect({ status, spec: body.spec }).toEqual({ status: 201, spec: profile.spec })
  })

  it.each<{ why: string; spec: JsonObject }>([
    { why: 'a number', spec: container({ ports: [{ containerPort: '$(params.port)' }] }) },
    { why: 'a port', spec: container({ livenessProbe: { tcpSocket: { port: '$(params.port)' } } }) },
    { why: 'a quantity', spec: container({ resources: { limits: { memory: '$(params.memory)' } } }) },
    { why: 'a boolean', spec: container({ tty: '$(params.tty)' }) },
    { why: 'one of a few words', spec: container({ imagePullPolicy: '$(params.policy)' }) },
  ])('take an expression for $why', async ({ spec }) => {
    const { status, body } = await tried(spec)
    expect({ status, message: body.message, spec: body.spec }).toEqual({ status: 201, spec })
  })

  it.each<{ why: string; spec: JsonObject; name?: string; message: string | RegExp }>([
    {
      why: 'a misspelt field of a container',
      spec: container({ volumeMount: [] }),
      message: 'unknown field "spec.containers[0].volumeMount"',
    },
    {
      why: 'a misspelt field of a parameter',
      spec: parameter({ type: 'integer', minimun: 1 }),
      message: 'unknown field "spec.parameters.port.minimun"',
    },
    { why: 'an unknown type', spec: parameter({ type: 'int' }), message: 'Unsupported value: "int"' },
    {
      why: 'a parameter by a name that no annotation can have',
      spec: parameter({ type: 'string' }, 'log-path'),
      message: 'a name must match ^[a-z][A-Za-z0-9]{0,39}$',
    },
    {
      why: 'names that are too long together',
      spec: parameter({ type: 'string' }, 'p'.repeat(40)),
      name: 'n'.repeat(23),
      message: 'at most 62 characters together',
    },
    {
      why: 'a parameter by the name of the annotation that pins a revision',
      spec: parameter({ type: 'string' }, 'revision'),
      message: 'no parameter can have the name revision',
    },
    {
      why: 'text for a number that is no expression',
      spec: container({ ports: [{ containerPort: 'http' }] }),
      message: 'spec.containers[0].ports[0].containerPort in body should match',
    },
    { why: 'text for a boolean', spec: container({ tty: 'yes' }), message: 'tty in body should match' },
    {
      why: 'an expression for an object',
      spec: container({ resources: '$(params.resources)' }),
      message: 'spec.containers[0].resources: Invalid value: "string"',
    },
    {
      why: 'a restartPolicy',
      spec: container({ restartPolicy: 'Always' }),
      message: 'must be left out: it follows from spec.lifecycle',
    },
    {
      why: 'a pattern of an integer',
      spec: parameter({ type: 'integer', pattern: '^80' }),
      message: 'only a parameter of type string has a pattern',
    },
    {
      why: 'a name under before and after',
      spec: { order: { before: ['proxy'], after: ['logging', 'proxy'] } },
      message: 'a name is under before and under after',
    },
    { why: 'last before all', spec: { order: { before: ['last'] } }, message: '"last" belongs under after' },
    {
      why: 'first after all',
      spec: { order: { after: ['first'] } },
      message: '"first" belongs under before',
    },
    { why: 'the name none', spec: {}, name: 'none', message: 'one of the names none, first, last' },
    { why: 'a name with a dot', spec: {}, name: 'a.b', message: 'the name must be letters, digits and "-"' },
    {
      why: 'more environment variables than a list may have',
      spec: container({ env: Array.from({ length: 130 }, (_, i) => ({ name: `e${i}` })) }),
      message: 'spec.containers[0].env: Too many: 130: must have at most 128 items',
    },
    {
      why: 'more containers than a profile may have',
      spec: { containers: Array.from({ length: 18 }, (_, i) => ({ name: `c${i}` })) },
      message: 'spec.containers: Too many: 18: must have at most 16 items',
    },
    {
      why: 'more labels than a map may have',
      spec: { pod: { labels: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, ''])) } },
      message: 'spec.pod.labels: Too many: 300: must have at most 256 items',
    },
    {
      why: 'a longer pattern than a parameter may have',
      spec: parameter({ type: 'string', pattern: 'a'.repeat(1_025) }),
      message: /spec\.parameters\.port\.pattern: Too long: may not be (more|longer) than 1024/,
    },
    {
      why: 'two containers of one name',
      spec: { containers: [{ name: 'a' }, { name: 'a' }] },
      message: 'spec.containers[1]: Duplicate value',
    },
  ])('refuse $why', async ({ spec, name, message }) => {
    const { status, body } = await tried(spec, name)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.message).toMatch(message)
  })

  it.each(badRollouts)('refuse a rollout with %s', async (_, rollout, __, message) => {
    const { status, body } = await tried({ rollout })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.message).toContain(message)
  })

  it('take every rollout that Pillion takes', async () => {
    for (const rollout of goodRollouts)
      expect(await tried({ rollout })).toMatchObject({ status: 201, body: { spec: { rollout } } })
  })

  it('are merged by name when two managers apply them', async () => {
    await apply('admin', { containers: [{ name: 'agent', image: 'agent:1', env: [env('A')] }] })
    await apply('team', { containers: [{ name: 'agent', env: [env('B')] }, { name: 'other' }] })
    const body = await apply('admin', {
      containers: [{ name: 'agent', image: 'agent:2', env: [env('A')] }],
    })
    expect(body.spec).toEqual({
      containers: [{ name: 'agent', image: 'agent:2', env: [env('A'), env('B')] }, { name: 'other' }],
    })
  })

  async function apply(manager: string, spec: JsonObject): Promise<Answer> {
    const path = `${profiles}/merged?fieldManager=${manager}&fieldValidation=Strict`
    const contentType = 'application/apply-patch+yaml'
    const { status, body } = await server().request<Answer>('PATCH', path, named('merged', spec), {
      contentType,
    })
    expect({ status: status < 300, message: body.message }).toEqual({ status: true })
    return body
  }

  it('have a sentence for each field of their own, which kubectl explain prints', async () => {
    const path = '/openapi/v3/apis/pillion.dev/v1alpha1'
    const { body } = await server().request<{ components: { schemas: Record<string, Explained> } }>(
      'GET',
      path,
    )
    for (const kind of ['ClusterSidecarProfile', 'SidecarProfile']) {
      const schema = body.components.schemas[`dev.pillion.v1alpha1.${kind}`]
      for (const [field, meaning] of Object.entries(descriptions)) {
        const steps = field.replaceAll('[]', '.[]').split('.')
        const found = steps.reduce<Explained | undefined>((node, step) => {
          if (step === '[]') return node?.items
          return step === 'NAME' ? node?.additionalProperties : node?.properties?.[step]
        }, schema)
        expect(found?.description, `${kind}.${field}`).toMatch(/^[^<]/)
        expect(found?.description?.startsWith(meaning), `${kind}.${field}: ${found?.description}`).toBe(true)
      }
    }
    expect(Object.keys(descriptions).length).toBeGreaterThan(60)
  })

  it('are small enough for kubectl apply, which keeps the whole object in an annotation', async () => {
    const mostBytes = 262_144
    for (const kind of kinds)
      expect(JSON.stringify(customResourceDefinition(kind)).length).toBeLessThan(mostBytes / 2)
  })

  it('show their status in the columns of kubectl get', async () => {
    const name = 'reported'
    expect((await create(named(name, {}))).status).toBe(201)
    const usedBy = { pods: 12, workloads: 3, summary: '12 Pods' }
    const rollout = { phase: 'Progressing', stable: '0123456789', canary: '3f2a91c0de', progress: '31/37' }
    const status = {
      revision: '0123456789',
      parameters: 'path, port',
      usedBy,
      rollout,
      conditions: [accepted],
    }
    const answer = await server().request<Answer>('PATCH', `${profiles}/${name}/status`, { status })
    expect(answer).toMatchObject({ status: 200, body: { status } })
    const { columnDefinitions, rows } = await table(`${profiles}/${name}`)
    const titles = columnDefinitions.map(({ name, priority }) => (priority > 0 ? `${name} (wide)` : name))
    expect(titles).toEqual([
      'Name',
      'Revision',
      'Accepted',
      'Reason',
      'Updated',
      'Used By',
      'Age',
      'Phase (wide)',
      'Canary (wide)',
      'Parameters (wide)',
      'Description (wide)',
    ])
    const [age, phase] = [expect.any(String), rollout.phase]
    const cells = [
      name,
      '0123456789',
      'True',
      accepted.reason,
      '31/37',
      '12 Pods',
      age,
      phase,
      rollout.canary,
    ]
    expect(rows[0]?.cells.slice(0, 10)).toEqual([...cells, 'path, port'])
  })

  /** As kubectl asks for it. */
  async function table(path: string): Promise<Table> {
    const { url, ca, token } = server()
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    }
    const [response] = await once(get(new URL(path, url), { ca, headers }), 'response')
    return (await json(response)) as Table
  }

  it('are published for kubectl explain, down to the fields of core/v1', async () => {
    const path = '/openapi/v3/apis/pillion.dev/v1alpha1'
    const published = async () => {
      const { status, body } = await server().request<OpenApi>('GET', path)
      return status === 200 ? Object.entries(body.components.schemas) : []
    }
    await until('both are published', 20_000, async () => {
      const names = (await published()).map(([name]) => name)
      return kinds.every(kind => names.some(name => name.endsWith(`.${kind}`)))
    })
    for (const kind of kinds) {
      const [, schema] = (await published()).find(([name]) => name.endsWith(`.${kind}`)) ?? []
      expect(schema).toMatchObject({
        properties: {
          spec: {
            properties: {
              containers: {
                items: { properties: { resources: { type: 'object', properties: { limits: {} } } } },
              },
            },
          },
        },
      })
    }
  })
})

interface Profile {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: JsonObject
}

interface Answer {
  readonly message?: string
  readonly spec?: Json
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[]
  readonly rows: readonly { readonly cells: readonly unknown[] }[]
}

/** What `kubectl explain` reads. */
interface Explained {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Explained>>
  readonly items?: Explained
  readonly additionalProperties?: Explained
}

interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const accepted = {
  type: 'Accepted',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Accepted',
  message: '',
}

function named(name: string, spec: JsonObject): Profile {
  return { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile', metadata: { name }, spec }
}

function container(fields: JsonObject): JsonObject {
  return { containers: [{ name: 'agent', image: 'agent:1', ...fields }] }
}

function parameter(declared: JsonObject, name = 'port'): JsonObject {
  return { parameters: { [name]: declared } }
}

function env(name: string): JsonObject {
  return { name, value: 'set' }
}
