import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { describe as describeProblem } from '../../src/problems/problem.ts'
import { parseProfiles } from '../../src/profile/yaml/parse.ts'
import { chart, describeWithHelm, helm, isHook, type Manifest, only, render, root } from './helm.ts'
import { installations } from './installations.ts'

describeWithHelm('an installation', () => {
  it.each(Object.entries(installations))(
    '"%s" gives each object its labels, and a name of its own',
    async (_, rendering) => {
      const manifests = await render(rendering)
      const keys = manifests.map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      )
      expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
      for (const { metadata } of manifests) {
        expect(metadata.labels).toMatchObject({
          'app.kubernetes.io/name': expect.any(String),
          'app.kubernetes.io/instance': rendering.release ?? 'pillion',
          'app.kubernetes.io/component': expect.any(String),
          'app.kubernetes.io/managed-by': 'Helm',
        })
      }
    },
  )

  it.each([
    { release: 'pillion', values: '', name: 'pillion' },
    { release: 'pillion-blue', values: '', name: 'pillion-blue' },
    { release: 'sidecars', values: '', name: 'sidecars-pillion' },
    { release: 'sidecars', values: 'nameOverride: injector', name: 'sidecars-injector' },
    { release: 'sidecars', values: 'fullnameOverride: injector', name: 'injector' },
  ])(
    'of the release $release with "$values" is called $name throughout',
    async ({ release, values, name }) => {
      const manifests = await render({ release, values, namespace: 'platform' })
      const own = manifests.filter(({ kind }) => kind !== 'ClusterSidecarProfile')
      expect(own.filter(({ metadata }) => !metadata.name.startsWith(name)).map(at)).toEqual([])
      expect(argsOf(manifests)).toContain(`--name=${name}`)
      const [webhook] = webhooksOf(only(manifests, 'MutatingWebhookConfiguration', name))
      expect(webhook?.clientConfig.service).toMatchObject({ name, namespace: 'platform' })
      const { rules } = only(manifests, 'Role', name) as unknown as {
        rules: readonly { resourceNames?: string[] }[]
      }
      expect(rules.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual([`${name}-tls`, name])
    },
  )

  it('shares no name with another release but those of the profiles', async () => {
    const names = async (release: string, namespace: string) =>
      (await render({ release, namespace, values: 'catalog: { enabled: false }' })).map(at)
    const [blue, green] = [await names('blue', 'one'), await names('green', 'two')]
    expect(blue.filter(name => green.includes(name))).toEqual([])
  })

  it.each([
    { values: '', excluded: ['platform', 'kube-system', 'kube-node-lease'] },
    {
      values: 'excludedNamespaces: [kube-system, bank]',
      excluded: ['platform', 'kube-system', 'kube-node-lease', 'bank'],
    },
  ])('never changes Pods of $excluded', async ({ values, excluded }) => {
    const manifests = await render({ namespace: 'platform', values })
    for (const { namespaceSelector } of webhooksOf(only(manifests, 'MutatingWebhookConfiguration'))) {
      const selected = namespaceSelector.matchExpressions.filter(
        ({ key }) => key === 'kubernetes.io/metadata.name',
      )
      expect(selected.map(({ operator, values }) => ({ operator, values }))).toEqual([
        { operator: 'NotIn', values: excluded },
      ])
    }
    const others = excluded.filter(name => name !== 'platform').join(',')
    expect(argsOf(manifests)).toContain(`--excluded-namespaces=${others}`)
  })

  it.each(Object.entries(installations))(
    '"%s" puts no caBundle where the server keeps one',
    async (name, rendering) => {
      const manifests = await render(rendering)
      const configurations = manifests.filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
      const bundles = configurations.flatMap(webhooksOf).map(({ clientConfig }) => clientConfig.caBundle)
      expect(bundles.some(bundle => bundle !== undefined)).toBe(name === 'least')
    },
  )

  it.each(Object.entries(installations))(
    '"%s" runs servers of a Deployment that the Service finds, and no other Pods',
    async (_, rendering) => {
      const manifests = await render(rendering)
      const { spec: service } = only(manifests, 'Service') as unknown as { spec: { selector: object } }
      const server = podsOf(only(manifests, 'Deployment'))
      const others = manifests.filter(({ kind }) => ['Job', 'Pod'].includes(kind)).map(podsOf)
      expect(server.metadata?.labels).toMatchObject(service.selector)
      for (const { metadata } of others) expect(metadata?.labels).not.toMatchObject(service.selector)
    },
  )

  it('ends no container because it is not ready: it may wait for the API server for an hour', async () => {
    const { spec } = podsOf(only(await render(installations.default), 'Deployment'))
    const asks = (path: string) => ({ httpGet: { path } })
    expect(spec.containers).toMatchObject([
      {
        startupProbe: asks('/healthz'),
        livenessProbe: asks('/healthz'),
        readinessProbe: asks('/readyz'),
      },
    ])
  })

  it('has its certificate from the issuer that the values name', async () => {
    const manifests = await render(installations['cert-manager-issuer'])
    const { issuerRef } = only(manifests, 'Certificate')['spec'] as { issuerRef: object }
    expect(issuerRef).toEqual({ name: 'company', kind: 'ClusterIssuer' })
    expect(manifests.filter(({ kind }) => kind === 'Issuer')).toEqual([])
  })

  it('is the same each time it is rendered', async () => {
    expect(await render()).toEqual(await render())
  })

  it('gives a Job rights to both kinds alone, while it runs', async () => {
    const manifests = await render({ values: 'crds: { deleteOnUninstall: true }' })
    for (const name of ['pillion-crds-upgrade', 'pillion-crds-deletion']) {
      const hooks = manifests.filter(({ metadata }) => metadata.name === name)
      expect(hooks.map(({ kind }) => kind).sort()).toEqual([
        'ClusterRole',
        'ClusterRoleBinding',
        'Job',
        'ServiceAccount',
      ])
      for (const { metadata } of hooks)
        expect(metadata.annotations?.['helm.sh/hook-delete-policy']).toBe(
          'before-hook-creation,hook-succeeded',
        )
      expect(hooks.find(({ kind }) => kind === 'ClusterRole')?.['rules']).toMatchObject([
        { resourceNames: ['clustersidecarprofiles.pillion.dev', 'sidecarprofiles.pillion.dev'] },
      ])
    }
  })

  it('has the kinds, unless they are left out', async () => {
    const kinds = async (...flags: string[]) =>
      (await helm(['template', 'pillion', chart, '--include-crds', ...flags])).out.match(
        /^kind: CustomResourceDefinition$/gm,
      )?.length
    expect(await kinds()).toBe(2)
    expect(await kinds('--set=crds.enabled=false')).toBeUndefined()
  })
})

describeWithHelm('the catalog of the chart', () => {
  let profiles: readonly Manifest[]
  beforeAll(async () => {
    profiles = (await render({ values: changed })).filter(({ kind }) => kind === 'ClusterSidecarProfile')
  })

  const changed = `
catalog:
  log-tail:
    parameters: { path: "$(pod.metadata.name): {}", user: 1000, memory: 64Mi, image: "registry.example.com/busybox:1.37" }
  work-dir:
    parameters: { image: "registry.example.com/busybox:1.37" }
  wait-for:
    enabled: false
    parameters: {}
  init-config:
    parameters: { configMap: shared }
`

  it('is the catalog, where nothing is changed', async () => {
    for (const manifest of (await render()).filter(({ kind }) => kind === 'ClusterSidecarProfile')) {
      const file = join(root, 'catalog', `${manifest.metadata.name}.yaml`)
      expect(manifest['spec']).toEqual(parse(readFileSync(file, 'utf8'), { merge: true }).spec)
    }
  })

  it('has new defaults, each in its place and of its type', () => {
    const { parameters } = specOf(only(profiles, 'ClusterSidecarProfile', 'log-tail'))
    expect(parameters).toMatchObject({
      path: { default: '$(pod.metadata.name): {}' },
      user: { default: 1000 },
      memory: { default: '64Mi' },
      image: { default: 'registry.example.com/busybox:1.37' },
    })
    const workDir = specOf(only(profiles, 'ClusterSidecarProfile', 'work-dir'))
    expect(workDir.parameters['image']).toMatchObject({ default: 'registry.example.com/busybox:1.37' })
  })

  it('has no profile that is switched off', () => {
    expect(profiles.map(({ metadata }) => metadata.name)).not.toContain('wait-for')
  })

  it('does not require what has a default now, and has no other problem', () => {
    const initConfig = specOf(only(profiles, 'ClusterSidecarProfile', 'init-config'))
    expect(initConfig.parameters['configMap']).not.toHaveProperty('required')
    const { problems } = parseProfiles(
      JSON.stringify(only(profiles, 'ClusterSidecarProfile', 'init-config')),
      'a',
    )
    expect(problems.map(describeProblem)).toEqual([])
  })
})

const at = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`

function argsOf(manifests: readonly Manifest[]): readonly string[] {
  const deployment = manifests.find(each => each.kind === 'Deployment' && !isHook(each))
  return deployment ? (podsOf(deployment).spec.containers[0]?.args ?? []) : []
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: object }
  readonly spec: { readonly containers: readonly Container[] }
}

interface Container {
  readonly args?: readonly string[]
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}

interface Probe {
  readonly httpGet: { readonly path: string }
}

/** The Pods of a workload, or the Pod. */
function podsOf(manifest: Manifest): PodTemplate {
  if (manifest.kind === 'Pod') return manifest as unknown as PodTemplate
  return (manifest as unknown as { spec: { template: PodTemplate } }).spec.template
}

interface Webhook {
  readonly clientConfig: { readonly caBundle?: string; readonly service: object }
  readonly namespaceSelector: {
    readonly matchExpressions: readonly { key: string; operator: string; values?: string[] }[]
  }
}

function webhooksOf(configuration: Manifest): readonly Webhook[] {
  return configuration['webhooks'] as unknown as Webhook[]
}

interface ProfileSpec {
  readonly parameters: Readonly<Record<string, object>>
  readonly containers: readonly object[]
}

function specOf(manifest: Manifest): ProfileSpec {
  return manifest['spec'] as unknown as ProfileSpec
}
