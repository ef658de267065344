import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { recordingIo } from '../../src/cli/recorded.fixture.ts'
import { comparable, namespaceCases, workloadCases } from '../../src/engine/mistakes/mistakes.fixture.ts'
import { isObject, type JsonObject } from '../../src/json/json.ts'
import { parseProfiles } from '../../src/profile/yaml/parse.ts'
import type { Running } from '../../src/server/main.ts'
import { create, deploy, podAsking, post } from './deployed.ts'
import { from } from './from.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const workDir = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles/work-dir'

describeWithApiServer('pillion explain, of a workload in a cluster', server => {
  let restore: () => Promise<void>
  let running: Running

  beforeAll(async () => {
    await server().createNamespace('shop')
    await server().createNamespace('empty')
    restore = await useKubeconfig(server(), 'shop')
    // Before there is any webhook: nobody asks Pillion about this one.
    await post(server(), inShop(podAsking('missed', 'work-dir'), owned('ReplicaSet', 'web-1')))
    running = await deploy(server())
    await post(
      server(),
      inShop(podAsking('injected', 'work-dir')),
      inShop(podAsking('silent')),
      inShop(deployment('web', 'work-dir')),
      inShop(replicaSet('web-1'), owned('Deployment', 'web')),
      inShop(deployment('wrong', 'work-dri')),
      inShop(cronJob('nightly')),
    )
  })
  afterAll(async () => {
    await running.stop()
    await restore()
  })

  it('tells of a Pod that was injected: who was asked, what it would get, what it has', async () => {
    const { code, out, err } = await pillion('explain', 'pod', 'injected')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(withoutRevisions(out)).toBe(`Pod/injected in namespace shop
does the API server call Pillion?
  pod.inject.pillion.dev: called: its selectors, rules and matchConditions are met. If the call fails, the Pod starts without it (failurePolicy Ignore).
  namespace.inject.pillion.dev: not called: its namespaceSelector leaves out namespace shop: pillion.dev/inject In enabled.
what would Pillion do now?
  injected (Injected)
    injected: work-dir
    requested by annotation pillion.dev/inject of the Pod
    work-dir (stable): injected
      volumes: work-dir
      init containers: work-dir
      volume mounts of app: /work-dir
      content = "initializing"  (default)
      copy = false  (default)
      cpu = "100m"  (default)
      file = "ready"  (default)
      image = "busybox:1.37"  (default)
      memory = "16Mi"  (default)
      mode = "0644"  (default)
      path = "/work-dir"  (default)
      user = 65534  (default)
what was injected into its Pods?
  injected: work-dir
`)
  })

  it('tells of a Pod that does not ask how to ask', async () => {
    const { code, out } = await pillion('explain', 'pod/silent')
    expect(code).toBe(0)
    expect(out).toContain('pod.inject.pillion.dev: not called: its matchCondition asks (')
    expect(out).toContain(
      'to request profiles, add the annotation pillion.dev/inject: NAME[, NAME…] to the Pod (profiles: log-tail,',
    )
    expect(out).toMatch(/^ {2}silent: nothing$/m)
  })

  it('tells of a Pod that was missed how it gets what it lacks: by the restart of what owns it', async () => {
    const { code, out } = await pillion('explain', 'po', 'missed')
    expect(code).toBe(1)
    expect(out).toContain(`what was injected into its Pods?
  missed: nothing
    Missed: runs without what it asked for: work-dir
how do its Pods get what is missing?
  kubectl -n shop rollout restart deployment/web
`)
  })

  it('tells of a Deployment what its Pods get, and which of them lack it', async () => {
    await post(server(), inShop({ ...podAsking('web-1-a', 'work-dir'), ...labelled('web', 'web-1-a') }))
    const { code, out } = await pillion('explain', 'deploy/web')
    expect({ code, out: withoutRevisions(out) }).toEqual({
      code: 0,
      out: expect.stringContaining('what was injected into its Pods?\n  web-1-a: work-dir\n'),
    })
  })

  it('tells of a Deployment that asks for what is not there that its Pods are refused', async () => {
    const { code, out } = await pillion('explain', 'deployment', 'wrong')
    expect(code).toBe(1)
    expect(out).toContain('denied (UnknownProfile)')
    expect(out).toContain('did you mean "work-dir"?')
  })

  it('tells of a CronJob, which has no Pods of its own', async () => {
    const { code, out } = await pillion('explain', 'cj/nightly')
    expect(code).toBe(0)
    expect(out).toContain('log-tail')
    expect(out).not.toContain('what was injected into its Pods?')
  })

  it('tells of a Pod whose profile has changed since which revision it has, and which there is', async () => {
    const { body } = await server().request<JsonObject>('GET', workDir)
    const [first, last] = [specWith(body, 'One'), body['spec']] as const
    await server().request('PATCH', workDir, { spec: first })
    onTestFinished(async () => void (await server().request('PATCH', workDir, { spec: last })))
    // A replica accepts the change on its own time.
    await until('the line of the Pod names both revisions', 10_000, async () => {
      const { out } = await pillion('explain', 'pod', 'injected')
      return /^ {2}injected: work-dir@[0-9a-f]{10} \(now [0-9a-f]{10}\)$/m.test(out)
    })
  })

  it('has the profiles of the cluster in the playground, as somebody could apply them', async () => {
    const { shippedProfiles } = await import('../../src/cli/playground/profiles.ts')
    const { io, said } = recordingIo()
    const { from, flags, profiles } = await shippedProfiles({}, io)
    expect({ from, flags }).toEqual({
      from: expect.stringContaining('context'),
      flags: ['--namespace', 'shop'],
    })
    const found = profiles.find(({ file }) => file === 'ClusterSidecarProfile/work-dir.yaml')
    const { problems, profiles: parsed } = parseProfiles(found?.text ?? '', 'work-dir.yaml')
    expect({ problems, names: parsed.map(({ name }) => name) }).toEqual({ problems: [], names: ['work-dir'] })
    expect(found?.text).not.toMatch(/managedFields|resourceVersion|status:/)
    expect(said.err).toBe('')
    await expect(shippedProfiles({ context: 'stranger' }, io)).rejects.toThrow(
      /^the profiles of context stranger are not readable:\nyou may not list clustersidecarprofiles/,
    )
  })

  it('says the same as JSON', async () => {
    const { code, out } = await pillion('explain', 'pod', 'missed', '-o', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      kind: 'Pod',
      name: 'missed',
      namespace: 'shop',
      calls: [{ webhook: 'pod.inject.pillion.dev', outcome: 'called', failurePolicy: 'Ignore' }, {}],
      decision: { outcome: 'injected', profiles: [{ name: 'work-dir' }] },
      pods: [{ name: 'missed', carried: [], shortfall: { kind: 'Missed', profiles: ['work-dir'] } }],
      restart: 'kubectl -n shop rollout restart deployment/web',
    })
  })

  it('takes the profiles of a directory in place of those of the cluster', async () => {
    const { out } = await pillion('explain', 'pod', 'injected', '--profiles', 'catalog')
    expect(out).toMatch(/^ {2}injected: work-dir@[0-9a-f]{10}$/m)
  })

  it('says that nobody is asked where there is no such installation', async () => {
    const { code, out } = await pillion('explain', 'pod', 'injected', '--name', 'other')
    expect(code).toBe(1)
    expect(out).toContain('does the API server call Pillion?\n  no: there is no MutatingWebhookConfiguration')
  })

  describe('as somebody who may only read Pods', () => {
    beforeAll(async () => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop'
      const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }]
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' }
      const metadata = { name: 'reader' }
      const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]
      await server().request('POST', `${rbac}/roles`, { metadata, rules })
      await server().request('POST', `${rbac}/rolebindings`, { metadata, subjects, roleRef })
      const explained = async () =>
        (await pillion('explain', 'pod', 'injected', '--context', 'stranger')).code
      await until('the rights are in force', 5_000, async () => (await explained()) === 0)
    })

    it('goes on with what may be seen, and says what may not', async () => {
      const { out } = await pillion('explain', 'pod', 'missed', '--context', 'stranger')
      expect(out).toContain('unknown: no profile could be read')
      expect(out).toMatch(/^ {2}you may not list clustersidecarprofiles\.pillion\.dev: ask your admin for/m)
      expect(out).toMatch(
        /^ {2}you may not get mutatingwebhookconfigurations\.admissionregistration\.k8s\.io\/pil/m,
      )
      expect(out).not.toContain('how do its Pods get what is missing?')
    })

    it('is also whom --as names', async () => {
      const stranger = [
        '--as',
        'system:serviceaccount:default:default',
        '--as-group',
        'system:serviceaccounts',
      ]
      const { out } = await pillion('explain', 'pod', 'missed', ...stranger, '--request-timeout', '20s')
      expect(out).toContain('you may not list clustersidecarprofiles.pillion.dev: ask your admin for')
    })

    it('calls a profile that may not be read not readable', async () => {
      const { out } = await pillion('explain', 'pod', 'injected', '--context', 'stranger')
      expect(out).toMatch(/^ {2}injected: work-dir@[0-9a-f]{10} \(this profile is not readable\)$/m)
      expect(await pillion('profiles', '--context', 'stranger')).toEqual({
        code: 2,
        out: '',
        err: expect.stringMatching(
          /^the profiles of context stranger are not readable:\nyou may not list clustersidecarprofiles.*\n(.*\n)*--profiles catalog uses/,
        ),
      })
    })

    it('says so when the workload itself may not be seen', async () => {
      expect(await pillion('explain', 'deploy/web', '--context', 'stranger')).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringMatching(/^you may not get deployments\.apps\/web in namespace shop: ask .*\n$/),
      })
    })
  })

  it('says that the API server would not call, not that the Pod would be injected, when the namespace is not enabled', async () => {
    const path = '/api/v1/namespaces/empty'
    await server().request('PATCH', path, { metadata: { annotations: { 'pillion.dev/inject': 'work-dir' } } })
    await post(server(), inNamespace('empty', podAsking('silent')))
    const { code, out } = await pillion('explain', 'pod/silent', '-n', 'empty')
    expect(code).toBe(0)
    expect(out).toContain(`what would Pillion do now?
  skipped (NotCalled)
    the API server does not call Pillion for this Pod: the Pod has no annotation pillion.dev/inject, and namespace empty does not have the label pillion.dev/inject=enabled; run: kubectl label namespace empty pillion.dev/inject=enabled
    requested by annotation pillion.dev/inject of namespace empty
`)
  })

  it('tells of an annotation on a Deployment itself where it belongs', async () => {
    const misplaced = deployment('misplaced', undefined, { 'pillion.dev/inject': 'work-dir' })
    await post(server(), inShop(misplaced))
    const { out } = await pillion('explain', 'deploy/misplaced')
    expect(out).toContain(
      '    warning: annotation pillion.dev/inject has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/inject: work-dir under spec.template.metadata.annotations\n',
    )
  })

  describe('the warnings of the API server, when an object is applied', () => {
    const deployments = '/apis/apps/v1/namespaces/shop/deployments'
    const pathOf = ({ kind }: JsonObject) =>
      kind === 'Namespace'
        ? '/api/v1/namespaces'
        : kind === 'CronJob'
          ? '/apis/batch/v1/namespaces/shop/cronjobs'
          : deployments
    const reviews = async () => {
      const text = await (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text()
      const counts = [...text.matchAll(/^pillion_workload_reviews_total\{.*\} (\d+)$/gm)]
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    }

    it.each([...workloadCases, ...namespaceCases])('tell of $what', async ({ object, says }) => {
      const { status, warnings } = await server().request('POST', pathOf(object), object, { dryRun: true })
      expect({ status, warnings: comparable(warnings) }).toEqual({ status: 201, warnings: says })
    })

    it('are the same for a change, and nothing is denied', async () => {
      await post(server(), inShop(deployment('changed')))
      const { status, warnings } = await server().request('PATCH', `${deployments}/changed`, {
        spec: { template: { metadata: { annotations: { 'pillion.dev/inject': 'work-dri' } } } },
      })
      expect({ status, warnings }).toEqual({
        status: 200,
        warnings: [
          expect.stringMatching(/^the Pods of this Deployment would be denied: .* did you mean "work-dir"/),
        ],
      })
    })

    it('cost no call for an object that does not mention Pillion, nor for one that a controller made', async () => {
      const before = await reviews()
      await post(server(), inShop(deployment('unconcerned')))
      await server().request('PATCH', `${deployments}/unconcerned`, { metadata: { labels: { tier: 'web' } } })
      await post(server(), inShop(replicaSet('web-2'), owned('Deployment', 'web')))
      await server().createNamespace('unconcerned')
      expect(await reviews()).toBe(before)
      await post(server(), inShop(deployment('concerned', 'work-dir')))
      expect(await reviews()).toBe(before + 1)
    })
  })

  describe('as a developer, who has the role edit in one namespace', () => {
    const developer = ['--as', 'system:serviceaccount:shop:developer']
    let directory: string
    const manifest = async (name: string, object: JsonObject) => {
      await writeFile(join(directory, name), JSON.stringify(object))
      return join(directory, name)
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pillion-developer-'))
      await create(server(), 'deploy/base/user-roles.yaml')
      // What the role edit consists of: no controller runs that would put it together.
      const roles = ['system:aggregate-to-edit', 'system:aggregate-to-view', 'pillion-edit', 'pillion-view']
      for (const name of roles)
        await post(server(), {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: name.replace(':', '-'), namespace: 'shop' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
          subjects: [{ kind: 'ServiceAccount', name: 'developer', namespace: 'shop' }],
        })
      await post(server(), {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'view', namespace: 'empty' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'system:aggregate-to-view',
        },
        subjects: [{ kind: 'ServiceAccount', name: 'developer', namespace: 'shop' }],
      })
      await post(server(), profile('ClusterSidecarProfile', 'heartbeat'), {
        ...profile('SidecarProfile', 'local'),
        metadata: { name: 'local', namespace: 'shop' },
      })
      await until('the profiles can be read', 10_000, async () => {
        const { code, err } = await pillion('profiles', ...developer)
        return code === 0 && !err.includes('you may not')
      })
    })
    afterAll(() => rm(directory, { recursive: true }))

    it('sees the profiles of the cluster and of the namespace, with their revisions', async () => {
      const { code, out, err } = await pillion('profiles', ...developer, '-o', 'json')
      expect({ code, err }).toEqual({ code: 0, err: 'uses the profiles of context admin\n' })
      const listed = JSON.parse(out) as { name: string; revision: string }[]
      expect(listed.map(({ name }) => name)).toEqual(['heartbeat', 'local', 'log-tail', 'work-dir'])
      const { body } = await server().request<{ status: { revision: string } }>('GET', workDir)
      expect(listed.find(({ name }) => name === 'work-dir')?.revision).toBe(body.status.revision)
    })

    it('injects a manifest with them, and the annotations of its Namespace', from('1.29'), async () => {
      const path = '/api/v1/namespaces/shop'
      const annotate = (value: string | null) =>
        server().request('PATCH', path, {
          metadata: {
            annotations: { 'pillion.dev/inject': value },
            labels: { 'pillion.dev/inject': value && 'enabled' },
          },
        })
      await annotate('local')
      onTestFinished(async () => void (await annotate(null)))
      const silent = await manifest('silent.json', podAsking('quiet'))
      const asking = await manifest('asking.json', podAsking('beater', 'heartbeat, local'))
      const { code, out, err } = await pillion(
        'inject',
        '-f',
        silent,
        '-f',
        asking,
        '-o',
        'json',
        ...developer,
      )
      expect({ code, err: err.split('\n')[0] }).toEqual({
        code: 0,
        err: 'uses the profiles of context admin',
      })
      const names = (JSON.parse(out).items as { spec: { initContainers: { name: string }[] } }[]).map(
        ({ spec }) => spec.initContainers.map(({ name }) => name),
      )
      expect(names).toEqual([['local'], ['heartbeat', 'local']])
    })

    it('explains a manifest and a Pod with them', async () => {
      const asking = await manifest('asking.json', podAsking('beater', 'heartbeat'))
      const { out } = await pillion('explain', '-f', asking, ...developer)
      const own = await pillion('explain', '-f', asking, '--installation-namespace', 'shop')
      expect(own.out).toContain('skipped (ExcludedNamespace)')
      expect(out).toMatch(/Pod\/beater: injected \(Injected\)/)
      const { code, out: live } = await pillion('explain', 'pod', 'injected', ...developer)
      expect(code).toBe(0)
      expect(live).toMatch(/^ {2}injected: work-dir@[0-9a-f]{10}$/m)
      expect(live).not.toContain('you may not list')
    })

    it('is told that a Pod is not injected when its namespace is not enabled, though the webhooks are not readable', async () => {
      const { out } = await pillion('explain', 'pod/silent', '-n', 'empty', ...developer)
      expect(out).toContain('skipped (NotCalled)')
      expect(out).toContain('run: kubectl label namespace empty pillion.dev/inject=enabled')
      expect(out).toContain('you may not get mutatingwebhookconfigurations')
    })

    it('does not get a SidecarProfile of another namespace', async () => {
      const path = await manifest('other.json', podAsking('stray', 'local'))
      const { code, err } = await pillion('inject', '-f', path, '-n', 'empty')
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('unknown profile "local"') })
    })

    it('has the names of the cluster completed', async () => {
      const completed = async (...words: string[]) =>
        (await pillion('__complete', '--', ...words)).out.split('\n').map(line => line.split('\t')[0])
      expect(await completed('profiles', 'heart')).toEqual(['heartbeat', ':4', ''])
      expect(await completed('explain', 'deploy/w')).toEqual(['deploy/web', 'deploy/wrong', ':4', ''])
      expect(await completed('explain', 'pod', 'inj')).toEqual(['injected', ':4', ''])
      expect(await completed('explain', '-n', 'emp')).toEqual(['empty', ':4', ''])
    })

    it('checks a profile against the cluster, as far as the permissions go', async () => {
      const taken = {
        ...profile('SidecarProfile', 'heartbeat'),
        metadata: { name: 'heartbeat', namespace: 'shop' },
      }
      const path = await manifest('taken.json', taken)
      expect((await pillion('validate', '-f', path)).code).toBe(0)
      const { code, err } = await pillion('validate', '-f', path, '--against-cluster', ...developer)
      expect(code).toBe(1)
      expect(err).toContain('metadata.name: "heartbeat" is taken by the ClusterSidecarProfile of that name')
      const whole = await manifest('whole.json', {
        ...profile('ClusterSidecarProfile', 'whole'),
        spec: { containers: [{ name: 'a', image: 'a:1', env: '$(app.?env)' }] },
      } as unknown as JsonObject)
      expect(await pillion('validate', '-f', whole, '--against-cluster')).toMatchObject({
        code: 1,
        err: expect.stringContaining('env: expected list'),
      })
      const fine = await manifest('fine.json', profile('ClusterSidecarProfile', 'fine'))
      expect(await pillion('validate', '-f', fine, '--against-cluster', ...developer)).toMatchObject({
        code: 0,
        err: expect.stringContaining(
          'fine was not applied in a dry run: you may not patch clustersidecarprofiles',
        ),
      })
    })

    it('sees which version the cluster has, and what it may not see', async () => {
      const asAdmin = await pillion('version')
      expect(asAdmin.out).toMatch(/^server {2}pillion \S+, Kubernetes v1\./m)
      const elsewhere = await pillion('version', '--installation-namespace', 'elsewhere')
      expect(elsewhere.out).toMatch(/^server {2}pillion not installed, Kubernetes v1\./m)
      const { code, out } = await pillion('version', ...developer)
      expect(code).toBe(0)
      expect(out).toMatch(
        /^server {2}pillion not readable \(you may not get deployments.*\), Kubernetes v1\./m,
      )
    })

    it('uses the built-in catalog where it says so', async () => {
      const { code, out, err } = await pillion('profiles', '--profiles', 'catalog', ...developer)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).not.toContain('heartbeat')
    })
  })

  it.each([
    { args: ['pod', 'nobody'], code: 1, err: 'there is no Pod/nobody in namespace shop\n' },
    { args: ['pod', 'web', '-n', 'empty'], code: 1, err: 'there is no Pod/web in namespace empty\n' },
    {
      args: ['pod/web', '--kubeconfig', '/no/such/file'],
      code: 2,
      err: expect.stringMatching(
        /^the kubeconfig cannot be read: \/no\/such\/file: there is no such file or directory/,
      ),
    },
    {
      args: ['pod/web', '--kubeconfig', '/dev/null'],
      code: 2,
      err: expect.stringMatching(/^no cluster: the kubeconfig \/dev\/null has no context \(--context /),
    },
    { args: ['pod/web', '--as-group', 'x'], code: 2, err: expect.stringContaining('--as-group needs --as') },
    {
      args: ['pod/web', '--request-timeout', 'soon'],
      code: 2,
      err: expect.stringContaining('It must be a duration, for example 500ms, 5s or 1m.'),
    },
    {
      args: ['pod/web', '--request-timeout', '1ms'],
      code: 2,
      err: expect.stringMatching(
        /^no API server answers \(context admin\): there was no answer within 0.001 s/,
      ),
    },
    { args: ['podd/web'], code: 2, err: expect.stringContaining('did you mean "pod"?') },
    { args: [], code: 2, err: expect.stringMatching(/^explain needs a manifest .* or a workload/) },
  ])('ends $args with $code', async ({ args, code, err }) => {
    expect(await pillion('explain', ...args)).toEqual({ code, out: '', err })
  })
})

function profile(kind: string, name: string): JsonObject {
  const containers = [{ name, image: 'example/x:1' }]
  return { apiVersion: 'pillion.dev/v1alpha1', kind, metadata: { name }, spec: { containers } }
}

function withoutRevisions(text: string): string {
  return text.replaceAll(/@[0-9a-f]{10}/g, '')
}

function inShop(object: JsonObject, more: JsonObject = {}): JsonObject {
  return inNamespace('shop', object, more)
}

function inNamespace(namespace: string, object: JsonObject, more: JsonObject = {}): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), namespace, ...more } }
}

/** No controller runs that would say so. */
function owned(kind: string, name: string): JsonObject {
  const uid = '00000000-0000-4000-8000-000000000000'
  return { ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }] }
}

function labelled(app: string, name: string): JsonObject {
  const { metadata } = podAsking(name, 'work-dir')
  return { metadata: { ...(metadata as JsonObject), labels: { app } } }
}

function deployment(name: string, profiles?: string, annotations: JsonObject = {}): JsonObject {
  const { metadata, spec } = podAsking(name, profiles)
  const selector = { matchLabels: { app: name } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations },
    spec: { selector, template: { metadata: withoutName(metadata), spec } },
  }
}

function replicaSet(name: string): JsonObject {
  return { ...deployment(name, 'work-dir'), kind: 'ReplicaSet' }
}

function cronJob(name: string): JsonObject {
  const { metadata, spec } = podAsking(name, 'log-tail')
  const template = { metadata: withoutName(metadata), spec: { ...(spec as object), restartPolicy: 'Never' } }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } } },
  } as JsonObject
}

function withoutName(metadata: unknown): JsonObject {
  const { name: _, ...rest } = isObject(metadata) ? metadata : {}
  return rest
}

function specWith({ spec }: JsonObject, description: string): JsonObject {
  return { ...(isObject(spec) ? spec : {}), description }
}
