import { beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import type { ApiServer } from '../apiserver/apiserver.ts'
import { installCustomResources } from '../apiserver/custom-resources.ts'
import { from, kubernetesVersion } from '../apiserver/from.ts'
import { describeWithApiServer } from '../apiserver/suite.ts'
import { until } from '../apiserver/until.ts'
import { describeWithHelm, type Manifest, type Rendering, render } from './helm.ts'
import { installations } from './installations.ts'

describeWithHelm('the chart', () => {
  describeWithApiServer('before a real API server', server => {
    beforeAll(async () => {
      await installCustomResources(server())
      for (const definition of foreign) await define(server(), definition)
    })

    const those = Object.entries(installations)
    it.each(those.filter(([name]) => name !== 'most'))(takesAll, takes)
    // It has rollouts and the policy for strict namespaces: refusals.test.ts has what an older version says.
    it.each(those.filter(([name]) => name === 'most'))(takesAll, from('1.30'), takes)

    async function takes(name: string, rendering: Rendering): Promise<void> {
      const namespace = `install-${name}`
      const enforce = name === 'least' ? 'privileged' : 'restricted'
      const labels = { 'pod-security.kubernetes.io/enforce': enforce }
      await server().createNamespace(namespace, { labels })
      const manifests = await render({ ...rendering, namespace, kubeVersion: `${kubernetesVersion}.0` })
      // Without theirs no Pod is taken.
      const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount')
      const others = manifests.filter(({ kind }) => kind !== 'ServiceAccount')
      const stored = await Promise.all(accounts.map(each => create(server(), each, '')))
      const shown = [...others, ...manifests.flatMap(podOf)]
      const taken = await Promise.all(shown.map(each => create(server(), each, '&dryRun=All')))
      expect([...stored, ...taken].filter(({ problem }) => problem !== undefined)).toEqual([])
      expect(shown.filter(({ kind }) => kind === 'Pod').length).toBeGreaterThan(0)
    }

    it('refuses what is none of its fields', async () => {
      const [manifest] = (await render()).filter(({ kind }) => kind === 'Deployment')
      const wrong = {
        ...manifest,
        spec: { ...(manifest?.['spec'] as JsonObject), replica: 2 },
      } as unknown as Manifest
      expect((await create(server(), wrong, '&dryRun=All')).problem).toContain('unknown field "spec.replica"')
    })
  })
})

const takesAll = 'makes objects of the values "%s" that it takes, without a field that it does not know'

interface Created {
  readonly object: string
  /** What the API server has against it, or warns of. */
  readonly problem: string | undefined
}

async function create(server: ApiServer, manifest: Manifest, query: string): Promise<Created> {
  const { apiVersion, kind, metadata } = manifest
  const root = String(apiVersion).includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  const path = `${root}${place}/${pluralOf(kind)}?fieldValidation=Strict${query}`
  const { status, body, warnings } = await server.request<{ message?: string }>('POST', path, manifest)
  const problem = status === 201 ? warnings[0] : `${status}: ${body.message}`
  return { object: `${kind} ${metadata.name}`, problem }
}

const pluralOf = (kind: string) => kind.toLowerCase().replace(/y$/, 'ie').concat('s')

/** A Pod as the workload would make it; a hook's ServiceAccount has to be there. */
function podOf({ kind, metadata, spec }: Manifest): readonly Manifest[] {
  if (!['Deployment', 'Job'].includes(kind)) return []
  const { template } = spec as unknown as { template: { metadata: object; spec: JsonObject } }
  const { name, namespace = '' } = metadata
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name, namespace } }
  return [{ ...pod, spec: template.spec } as unknown as Manifest]
}

/** Kinds of others that the chart makes objects of: of their fields only those tell that the chart sets. */
const foreign = [
  {
    group: 'monitoring.coreos.com',
    kind: 'ServiceMonitor',
    spec: {
      jobLabel: string(),
      selector: anything(),
      endpoints: list({ port: string(), interval: string(), metricRelabelings: list(undefined) }),
    },
  },
  {
    group: 'monitoring.coreos.com',
    kind: 'PrometheusRule',
    spec: {
      groups: list({
        name: string(),
        rules: list({
          alert: string(),
          expr: string(),
          for: { type: 'string', pattern: '^[0-9]+[smhd]$' },
          labels: anything(),
          annotations: anything(),
        }),
      }),
    },
  },
  { group: 'cert-manager.io', kind: 'Issuer', spec: { selfSigned: anything() } },
  {
    group: 'cert-manager.io',
    kind: 'Certificate',
    spec: {
      secretName: string(),
      duration: string(),
      renewBefore: string(),
      dnsNames: { type: 'array', items: string() },
      issuerRef: object({ name: string(), kind: string(), group: string() }),
      privateKey: object({ algorithm: string(), size: { type: 'integer' }, rotationPolicy: string() }),
    },
  },
] as const

async function define(server: ApiServer, { group, kind, spec }: (typeof foreign)[number]): Promise<void> {
  const [plural, singular] = [pluralOf(kind), kind.toLowerCase()]
  const schema = object({ spec: object(spec) })
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Names below k8s.io need it; others do not mind.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  }
  const { status, body } = await server.request(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    definition,
  )
  expect(status, JSON.stringify(body)).toBe(201)
  await until(`${kind} is served`, 20_000, async () => {
    const { status } = await server.request('GET', `/apis/${group}/v1/namespaces/default/${plural}`)
    return status === 200
  })
}

function string() {
  return { type: 'string' }
}

function anything() {
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
}

function object(properties: object) {
  return { type: 'object', properties }
}

function list(properties: object | undefined) {
  return { type: 'array', items: properties ? object(properties) : anything() }
}
