import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installCustomResources } from './custom-resources.ts'
import { pillion } from './kubeconfig.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

describeWithApiServer('pillion sweep', server => {
  let directory: string
  let before: string | undefined

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-sweep-'))
    before = process.env['KUBECONFIG']
    process.env['KUBECONFIG'] = join(directory, 'kubeconfig')
    await writeFile(process.env['KUBECONFIG'], await kubeconfig())
    await installCustomResources(server())
    await server().createNamespace('shop')
    await server().createNamespace('bank', { labels: { 'pillion.dev/inject': 'enabled' } })
    await server().request('PATCH', '/api/v1/namespaces/bank', {
      metadata: { annotations: { 'pillion.dev/inject': 'agent' } },
    })
    await server().request('POST', '/apis/pillion.dev/v1alpha1/clustersidecarprofiles', {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name: 'agent' },
      spec: { containers: [{ name: 'agent', image: 'agent:1' }] },
    })
    const controller = { kind: 'ReplicaSet', name: 'web' }
    await createPod(
      server(),
      'shop',
      podFor('web-1', { annotations: { 'pillion.dev/inject': 'agent' }, controller }),
    )
    await createPod(server(), 'shop', podFor('silent'))
    await createPod(server(), 'bank', podFor('inheriting'))
    // Somebody who may read what is in shop, and nothing else.
    await grant()
  })
  afterAll(async () => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
    await rm(directory, { recursive: true })
  })

  /** Two contexts: an admin's, and that of an account with few rights. */
  async function kubeconfig(): Promise<string> {
    const { url, ca, token } = server()
    const account = '/api/v1/namespaces/default/serviceaccounts/default/token'
    const { body } = await server().request<{ status: { token: string } }>('POST', account, { spec: {} })
    const certificate = Buffer.from(ca).toString('base64')
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'admin',
      clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': certificate } }],
      users: [
        { name: 'admin', user: { token } },
        { name: 'developer', user: { token: body.status.token } },
      ],
      contexts: [
        { name: 'admin', context: { cluster: 'c', user: 'admin', namespace: 'shop' } },
        { name: 'developer', context: { cluster: 'c', user: 'developer', namespace: 'shop' } },
      ],
    })
  }

  async function grant(): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const metadata = { name: 'developer' }
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'developer' }
    const rule = (apiGroup: string, ...resources: string[]) => ({
      apiGroups: [apiGroup],
      resources,
      verbs: ['get', 'list'],
    })
    const posts = [
      [
        `${rbac}/clusterroles`,
        { metadata, rules: [rule('', 'pods'), rule('pillion.dev', 'sidecarprofiles')] },
      ],
      [`${rbac}/namespaces/shop/rolebindings`, { metadata, subjects, roleRef }],
    ] as const
    for (const [path, object] of posts) {
      const { status, body } = await server().request('POST', path, object)
      expect(status, JSON.stringify(body)).toBe(201)
    }
    const isGranted = async () => !(await pillion('--context', 'developer')).err.includes('list pods')
    await until('the rights are there', 10_000, isGranted)
  }

  const sweep = (...args: readonly string[]) => pillion('sweep', ...args)

  it("lists the missed Pods of the context's namespace, and exits with 1", async () => {
    const { code, out, err } = await sweep()
    expect(
      out
        .split('\n')
        .slice(0, 2)
        .map(line => line.split(/ {2,}/)),
    ).toEqual([
      ['NAMESPACE', 'WORKLOAD', 'PODS', 'RESULT', 'WHY', 'FIX'],
      [
        'shop',
        'replicaset/web',
        '1',
        'Missed',
        'runs without what it asked for: agent',
        'kubectl delete pod web-1 -n shop',
      ],
    ])
    expect({ code, err }).toEqual({
      code: 1,
      err: 'Pillion is not installed: there is no MutatingWebhookConfiguration pillion and no Deployment pillion/pillion\n1 of 2 Pods is missed, outdated or denied, and 0 workloads cannot create Pods (1 examined)\n',
    })
  })

  it('lists Pods with -o wide', async () => {
    const { out } = await sweep('-o', 'wide')
    expect(out).toMatch(
      /^shop +web-1 +replicaset\/web +agent +Missed +runs without what it asked for: agent$/m,
    )
  })

  it('lists those of all namespaces, also those for which their namespace asks', async () => {
    const { code, out } = await sweep('-A', '-o', 'json')
    const workloads = JSON.parse(out) as { namespace: string; pods: string[] }[]
    const pods = workloads.flatMap(({ namespace, pods }) => pods.map(pod => `${namespace}/${pod}`))
    expect(pods).toEqual(['bank/inheriting', 'shop/web-1'])
    expect(code).toBe(1)
  })

  it('exits with 0 when there are none', async () => {
    expect(await sweep('-n', 'default')).toMatchObject({ code: 0, out: '' })
  })

  it('takes the profiles of a directory in place of those of the cluster', async () => {
    const { code, out } = await sweep('--profiles', 'catalog')
    expect({ code, kind: /Denied/.exec(out)?.[0] }).toEqual({ code: 1, kind: 'Denied' })
  })

  it('says which rights are lacking, and claims nothing without them', async () => {
    const profiles = await sweep('--context', 'developer')
    expect(profiles).toMatchObject({ code: 2, out: '' })
    expect(profiles.err).toContain('the verb list on clustersidecarprofiles.pillion.dev')

    const pods = await sweep('--context', 'developer', '-A', '--profiles', 'catalog')
    expect(pods).toMatchObject({ code: 2, out: '' })
    expect(pods.err).toContain('you may not list pods: ask your admin for the verb list on pods')
    expect(pods.err).toContain('-n NAMESPACE reads only one namespace')
  })

  it('goes on without the namespace where only that may not be read', async () => {
    const { code, err } = await sweep('--context', 'developer', '--profiles', 'catalog')
    expect(code).toBe(1)
    expect(err).toContain('the verb get on namespaces')
  })
})
