import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import { chart, createClusterByCommand, follow, type LivedInCluster, laterVersion, version } from './chart.ts'
import { type Load, startLoad } from './load.ts'
import { busyboxPod } from './pod.ts'

// The load takes all CPU that there is.
const underLoadMs = 300_000

/** In a cluster of its own: in one with another Pillion no Pod would be missed, whatever the chart does. */
describeWithHelm('the chart, in the order of a release’s life', () => {
  let cluster: LivedInCluster
  let load: Load | undefined

  beforeAll(async () => {
    cluster = await createClusterByCommand(`pillion-e2e-chart-${process.pid}`)
  }, 600_000)
  afterAll(async () => {
    await load?.stop()
    await cluster?.remove()
  })

  it('is installed by npm run kind, and what that prints to look at works', async () => {
    expect(await imageOf()).toBe(`pillion:${version}`)
    const commands = [...cluster.said.matchAll(/^ {2}((?:kubectl|npx) .*?) {3,}\S/gm)].map(
      ([, command = '']) => command,
    )
    expect(commands).toHaveLength(4)
    for (const command of commands) {
      const { code, stdout, stderr } = await cluster.attempt('sh', ['-c', command])
      expect({ command, code, stderr, isSilent: stdout === '' }).toEqual({
        command,
        code: 0,
        stderr: '',
        isSilent: false,
      })
    }
  })

  it('gives a first sidecar as the tutorial tells it', async () => {
    const page = 'docs/tutorials/first-sidecar.md'
    const said = await follow(cluster, page, 'In a cluster', { containing: 'clock' })
    expect(said).toMatch(/clock-\S+ +2\/2 +Running/)
    expect(said).toContain('injected: log-tail')
    const wrong = await follow(cluster, page, 'Make a mistake', { containing: 'patch' })
    expect(wrong).toContain('deployment.apps/clock patched')
    await follow(cluster, page, 'Make a mistake', { containing: 'undo' })
  }, 240_000)

  it('is not installed again by npm run kind, which says what to do', async () => {
    const { code, stderr } = await cluster.attempt('npm', [
      'run',
      '--silent',
      'kind',
      '--',
      '--name',
      cluster.name,
    ])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `there is a kind cluster "${cluster.name}" already: npm run kind -- --name ${cluster.name} --delete removes it, ` +
        'and --name makes one with another name\n',
    )
  })

  it('passes its own test', async () => {
    const results = await cluster.helm(['-n', 'pillion', 'test', 'pillion'])
    expect(results.match(/^TEST SUITE: .*$/gm)).toHaveLength(2)
    expect(results.match(/^Phase: +Succeeded$/gm)).toHaveLength(2)
    const said = await cluster.kubectl(['-n', 'pillion', 'logs', 'pillion-test'])
    expect(said).toMatch(/^ok +dry run +a Pod that requests \S+ in namespace default gets it$/m)
    expect(said).not.toMatch(/^(broken|unknown +pods)/m)
  })

  it('shows a GitOps tool no drift', async () => {
    const { code, stdout } = await diff(chart)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  it('injects the Pod of the README', async () => {
    await cluster.kubectl(['apply', '-f', 'examples/multi-container-demo.yaml'])
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/multi-container-demo', '--timeout=60s'])
    const pod = await cluster.kubectl(['get', 'pod', 'multi-container-demo', '-o=json'])
    const { spec } = JSON.parse(pod) as { spec: { initContainers: readonly { name: string }[] } }
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['log-tail', 'work-dir'])
  })

  it(
    'upgrades the kinds with the rest by the commands of docs/helm.md',
    async () => {
      const older = [{ op: 'remove', path: '/spec/names/shortNames' }]
      await cluster.kubectl([
        'patch',
        'crd',
        'sidecarprofiles.pillion.dev',
        '--type=json',
        `-p=${JSON.stringify(older)}`,
      ])
      await follow(cluster, 'docs/helm.md', 'Upgrade', { directory: cluster.later })
      await oldServersGone(version)
      expect(await imageOf()).toBe(`pillion:${laterVersion}`)
      expect(await shortNames()).toEqual(['sp'])
    },
    underLoadMs,
  )

  it('refuses a wrong value before it changes anything', async () => {
    const history = await cluster.helm(['-n', 'pillion', 'history', 'pillion', '-o=json'])
    const wrong = ['--set=catalog.log-tail.parameters.memory=64MB', '--set=resources.limits.memory=1GB']
    const upgrade = ['-n', 'pillion', 'upgrade', 'pillion', chart, '--reset-then-reuse-values', ...wrong]
    const { code, stderr } = await cluster.attempt('helm', upgrade)
    expect(code).toBe(1)
    expect(stderr).toMatch(/catalog[./]log-tail[./]parameters[./]memory.*64MB/s)
    expect(stderr).toMatch(/resources[./]limits[./]memory.*1GB/s)
    expect(await cluster.helm(['-n', 'pillion', 'history', 'pillion', '-o=json'])).toBe(history)
  })

  it(
    'rolls back',
    async () => {
      await follow(cluster, 'docs/helm.md', 'Roll back')
      await oldServersGone(laterVersion)
      expect(await imageOf()).toBe(`pillion:${version}`)
      const { code } = await diff(chart)
      expect(code).toBe(0)
    },
    underLoadMs,
  )

  it('has missed no Pod: the sweep says so', async () => {
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'sweep'])
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })

  it(
    'changes a profile of the catalog by a value, and leaves those alone that are not its own',
    async () => {
      await cluster.kubectl(['create', '-f=-'], { stdin: ours })
      const path = '--set=catalog.log-tail.parameters.path=/var/log/web'
      load = await startLoad(cluster.kubeconfig, 'default', 4)
      await cluster.helm(['upgrade', 'pillion', chart, '-n', 'pillion', ...changed, path, '--wait'])
      expectNoneMissed(await load.stop())
      const found = ['get', 'csp', 'log-tail', '-o=jsonpath={.spec.parameters.path.default}']
      expect(await cluster.kubectl(found)).toBe('/var/log/web')
      expect(await names('clustersidecarprofiles')).toContain('ours')
    },
    underLoadMs,
  )

  it('comes back by the command that doctor prints, after somebody deleted a part of it', async () => {
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'pillion'])
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'doctor', '-o', 'json'])
    const findings = JSON.parse(stdout) as readonly { name: string; status: string; hint?: string }[]
    const found = findings.find(({ name }) => name === 'webhooks')
    expect({ code, ...found }).toMatchObject({
      code: 1,
      status: 'broken',
      hint: 'helm upgrade pillion charts/pillion -n pillion --reset-then-reuse-values',
    })
    expect((await cluster.attempt('sh', ['-c', found?.hint ?? 'false'])).code).toBe(0)
    const waiting = ['pillion', 'status', '--watch', '--timeout=60s']
    expect((await cluster.attempt('npx', waiting)).code).toBe(0)
    expect((await cluster.attempt('npx', ['pillion', 'doctor'])).stdout).not.toMatch(/^broken/m)
  })

  it(
    'does not upgrade over an edit of a profile, unless it is told to, and no Pod is missed',
    async () => {
      load = await startLoad(cluster.kubeconfig, 'default', 4)
      const edit = '{"spec":{"parameters":{"memory":{"default":"48Mi"}}}}'
      await cluster.kubectl(['patch', 'csp', 'log-tail', '--type=merge', `-p=${edit}`])
      const upgrade = ['-n', 'pillion', 'upgrade', 'pillion', chart, '--reset-then-reuse-values']
      const { code, stderr } = await cluster.attempt('helm', upgrade)
      const isHelm3 = (await cluster.helm(['version', '--short'])).startsWith('v3')
      expect(code).toBe(isHelm3 ? 0 : 1)
      if (!isHelm3) {
        expect(stderr).toMatch(
          /UPGRADE FAILED: conflict occurred while applying object \/log-tail .*"kubectl-patch"/,
        )
        await follow(cluster, 'docs/helm.md', 'After an edit of a profile of the catalog')
      }
      expectNoneMissed(await load.stop())
      const memory = ['get', 'csp', 'log-tail', '-o=jsonpath={.spec.parameters.memory.default}']
      expect(await cluster.kubectl(memory)).toBe(isHelm3 ? '48Mi' : '32Mi')
    },
    underLoadMs,
  )

  it(
    'comes back after its kinds were deleted, and no Pod starts without its sidecar meanwhile',
    async () => {
      load = await startLoad(cluster.kubeconfig, 'default', 4)
      await cluster.kubectl([
        'delete',
        'crd',
        'clustersidecarprofiles.pillion.dev',
        'sidecarprofiles.pillion.dev',
      ])
      const upgrade = ['-n', 'pillion', 'upgrade', 'pillion', chart, '--reset-then-reuse-values']
      expect((await cluster.attempt('helm', upgrade)).stderr).toContain(
        'no matches for kind "ClusterSidecarProfile"',
      )
      await follow(cluster, 'docs/helm.md', 'After the CRDs were deleted')
      await until('Pods get what they ask for', 30_000, isInjected, 250)
      const { created, missed } = await load.stop()
      process.stderr.write(`the chart: without kinds ${missed.length} of ${created} Pods were denied\n`)
      expect(missed.filter(answer => !answer.includes('denied the request: UnknownProfile'))).toEqual([])
      await cluster.kubectl(['create', '-f=-'], { stdin: ours })
    },
    underLoadMs,
  )

  it(
    'goes without keeping a Pod from starting, whatever failurePolicy is',
    async () => {
      expect(await failurePolicies()).toEqual(['Fail', 'Fail'])
      load = await startLoad(cluster.kubeconfig, 'default', 4)
      await follow(cluster, 'docs/helm.md', 'Uninstall')
      const { created, missed } = await load.stop()
      expect(created).toBeGreaterThan(100)
      expect(missed.filter(answer => !answer.startsWith('201'))).toEqual([])
    },
    underLoadMs,
  )

  it('leaves the kinds, and the profiles that were not its own', async () => {
    expect(await names('crd')).toEqual(['clustersidecarprofiles.pillion.dev', 'sidecarprofiles.pillion.dev'])
    expect(await names('clustersidecarprofiles')).toEqual(['ours'])
    const rest =
      'mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterroles,clusterrolebindings'
    expect((await names(rest)).filter(name => name.startsWith('pillion'))).toEqual([])
  })

  it('is not installed then, as doctor says in one sentence', async () => {
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'doctor'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^broken +installation +Pillion is not installed: .*\n +hint: .*\n\n1 broken\n$/)
  })

  it('is installed by the commands of docs/helm.md', async () => {
    await cluster.kubectl(['delete', 'pod', 'multi-container-demo'])
    await follow(cluster, 'docs/helm.md', 'Install')
    expect(await isInjected()).toBe(true)
  })

  it('takes the kinds along when it is told to', async () => {
    const told = ['--reset-then-reuse-values', '--set=crds.deleteOnUninstall=true']
    await cluster.helm(['upgrade', 'pillion', chart, '-n', 'pillion', ...told])
    await follow(cluster, 'docs/helm.md', 'Uninstall')
    expect(await names('crd')).toEqual([])
  })

  it('is installed by the commands of README.md, and goes with its cluster', async () => {
    await cluster.kubectl(['delete', 'pod', 'multi-container-demo'])
    await follow(cluster, 'README.md', 'In a cluster', { containing: 'helm install' })
    expect(await isInjected()).toBe(true)
    const flags = ['run', '--silent', 'kind', '--', '--name', cluster.name, '--delete']
    expect(await cluster.attempt('npm', flags)).toMatchObject({ code: 0 })
    expect((await cluster.attempt('kind', ['get', 'clusters'])).stdout.split('\n')).not.toContain(
      cluster.name,
    )
  })

  const ours = JSON.stringify({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name: 'ours' },
    spec: { containers: [{ name: 'ours', image: 'busybox:1.37' }] },
  })
  const changed = ['--set=webhook.failurePolicy=Fail', '--set=logLevel=debug']

  async function isInjected(): Promise<boolean> {
    const { stdout } = await cluster.kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
      stdin: busyboxPod('probe', { 'pillion.dev/inject': 'log-tail' }),
    })
    return stdout.includes('"pillion.dev/status"')
  }

  /** Hooks come and go; the rest is to be as it is rendered. */
  async function diff(of: string) {
    const flags = ['-n', 'pillion', '--no-hooks', '--kube-version=1.34']
    const manifests = await cluster.helm(['template', 'pillion', of, ...flags])
    return cluster.attempt('kubectl', ['diff', '-n=pillion', '-f=-'], { stdin: manifests })
  }

  function imageOf(): Promise<string> {
    const path = '-o=jsonpath={.spec.template.spec.containers[0].image}'
    return cluster.kubectl(['-n', 'pillion', 'get', 'deployment', 'pillion', path])
  }

  async function oldServersGone(of: string): Promise<void> {
    const servers = ['-n', 'pillion', 'get', 'pods', '-l', 'app.kubernetes.io/component=server']
    const path = '-o=jsonpath={.items[*].spec.containers[*].image}'
    await until(
      `no server of ${of} is left`,
      90_000,
      async () => {
        return !(await cluster.kubectl([...servers, path])).includes(`pillion:${of}`)
      },
      500,
    )
  }

  async function shortNames(): Promise<string[]> {
    const path = '-o=jsonpath={.spec.names.shortNames[*]}'
    const found = await cluster.kubectl(['get', 'crd', 'sidecarprofiles.pillion.dev', path])
    return found.split(' ').filter(name => name !== '')
  }

  async function failurePolicies(): Promise<string[]> {
    const path = '-o=jsonpath={.webhooks[*].failurePolicy}'
    return (await cluster.kubectl(['get', 'mutatingwebhookconfiguration', 'pillion', path])).split(' ')
  }

  async function names(resources: string): Promise<string[]> {
    const found = await cluster.kubectl(['get', resources, '-o=jsonpath={.items[*].metadata.name}'])
    return found
      .split(' ')
      .filter(name => name !== '')
      .sort()
  }
})

function expectNoneMissed({ created, missed }: Awaited<ReturnType<Load['stop']>>): void {
  expect(created).toBeGreaterThan(100)
  expect(missed).toEqual([])
}
