import { beforeAll, describe, expect, inject, it } from 'vitest'
import { kubectlOf } from './kubectl.ts'
import { useNamespace } from './namespace.ts'

const marker = 'canary-a7c1'

interface Listed<T> {
  readonly items: readonly T[]
}

/**
 * All that Pillion wrote since the cluster was created: its log, its metrics, its Events and its objects. Runs after the
 * other files, so that this is much.
 */
describe('what Pillion writes', () => {
  const kubectl = useNamespace('secrecy', { labels: { 'pillion.dev/inject': 'enabled' } })
  const all = kubectlOf(inject('kubeconfig'))
  let texts: Readonly<Record<string, string>>
  let secrets: readonly string[]

  beforeAll(async () => {
    const pod = (name: string, annotations: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, annotations, labels: { [marker]: marker } },
      spec: {
        schedulerName: 'none',
        containers: [
          {
            name: 'app',
            image: `example.org/${marker}`,
            args: [`--token=${marker}`],
            env: [{ name: 'PASSWORD', value: marker }],
          },
        ],
      },
    })
    const profile = (name: string, more: object) => ({
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'SidecarProfile',
      metadata: { name },
      spec: {
        containers: [
          { name: 'side', image: 'busybox:1.37', env: [{ name: 'PASSWORD', value: marker }], ...more },
        ],
      },
    })
    const objects = [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own' }, stringData: { password: marker } },
      profile('tap', {}),
      profile('denied', { securityContext: { privileged: true } }),
      pod('injected', {
        'pillion.dev/inject': 'work-dir',
        'pillion.dev/work-dir.content': marker,
        other: marker,
      }),
      pod('denied', { 'pillion.dev/inject': 'work-dir', 'pillion.dev/work-dir.mode': marker }),
      pod('unknown', { 'pillion.dev/inject': marker }),
    ]
    for (const object of objects) await kubectl.attempt(['create', '-f=-'], { stdin: JSON.stringify(object) })
    texts = await whatIsWritten()
    secrets = await whatIsSecret()
  })

  it('has none of the values of a Pod, of a Secret or of a profile in it', () => {
    expect(texts['log']).toContain('"namespace":"secrecy"')
    expect(texts['metrics']).toContain('pillion_injections_total')
    expect(containing([marker, Buffer.from(marker).toString('base64')])).toEqual([])
  })

  it('has neither a key nor a token in it', () => {
    expect(secrets.length).toBeGreaterThan(4)
    expect(containing(secrets)).toEqual([])
    // Keys in PEM and tokens of ServiceAccounts, whoever they belong to.
    expect(Object.keys(texts).filter(name => /PRIVATE KEY|eyJhbGciOi/.test(texts[name] ?? ''))).toEqual([])
  })

  function containing(values: readonly string[]): readonly string[] {
    return Object.entries(texts).flatMap(([name, text]) =>
      values.some(value => text.includes(value)) ? [name] : [],
    )
  }

  async function whatIsWritten() {
    const ours = ['-n=pillion', '-l=app.kubernetes.io/name=pillion']
    const pods = (await all(['get', 'pods', ...ours, '-o=name'])).trim().split('\n')
    const metrics = pods.map(pod =>
      all(['get', '--raw', `/api/v1/namespaces/pillion/pods/${pod.slice('pod/'.length)}:9090/proxy/metrics`]),
    )
    const before = await all.attempt(['logs', ...ours, '--tail=-1', '--previous'])
    const events = JSON.parse(await all(['get', 'events', '-A', '-o=json'])) as Listed<{
      readonly reportingComponent?: string
      readonly source?: { readonly component?: string }
    }>
    const isOurs = ({ reportingComponent = '', source = {} }: (typeof events.items)[number]) =>
      `${reportingComponent} ${source.component}`.includes('pillion')
    return {
      log: await all(['logs', ...ours, '--tail=-1']),
      'log before a restart': before.stdout,
      metrics: (await Promise.all(metrics)).join('\n'),
      events: JSON.stringify(events.items.filter(isOurs)),
      statuses: await all([
        'get',
        'clustersidecarprofiles,sidecarprofiles',
        '-A',
        '-o=jsonpath={.items[*].status}',
      ]),
      configurations: await all(['get', 'mutatingwebhookconfigurations,leases', '-A', '-o=json']),
    }
  }

  /** The lines of the keys in Pillion's Secrets, and each value as it is stored. */
  async function whatIsSecret(): Promise<readonly string[]> {
    const list = JSON.parse(await all(['get', 'secrets', '-n=pillion', '-o=json'])) as Listed<{
      readonly data?: Readonly<Record<string, string>>
    }>
    return list.items.flatMap(({ data = {} }) =>
      Object.values(data).flatMap(value => {
        const text = Buffer.from(value, 'base64').toString()
        if (!text.includes('PRIVATE KEY')) return []
        return [value, ...text.split(/\\n|\n|"/).filter(line => /^[A-Za-z0-9+/=]{40,}$/.test(line))]
      }),
    )
  }
})
