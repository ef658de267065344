import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import { chart, createEmptyCluster, type EmptyCluster, previousVersion, version } from './chart.ts'
import { type Load, startLoad } from './load.ts'
import { busyboxPod } from './pod.ts'

/** In a cluster of its own: in one with another Pillion no Pod would be missed, whatever the chart does. */
describeWithHelm('the chart, in the order of a release’s life', () => {
  let cluster: EmptyCluster
  let load: Load | undefined

  beforeAll(async () => {
    cluster = await createEmptyCluster(`pillion-e2e-chart-${process.pid}`)
  }, 300_000)
  afterAll(async () => {
    await load?.stop()
    await cluster?.remove()
  })

  it('installs with one command', async () => {
    const startMs = performance.now()
    await cluster.helm(['install', 'pillion', cluster.previousChart, '-n', 'pillion', '--create-namespace'])
    await cluster.kubectl(['-n', 'pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
    await until('the API server reaches the webhook', 60_000, isInjected, 250)
    process.stderr.write(
      `the chart: install to ready in ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`,
    )
    expect(await imageOf()).toBe(`pillion:${previousVersion}`)
  })

  it('passes its own test', async () => {
    expect(await cluster.helm(['-n', 'pillion', 'test', 'pillion'])).toContain('Succeeded')
    const said = await cluster.kubectl(['-n', 'pillion', 'logs', 'pillion-test'])
    expect(said).toMatch(/^ok +dry run +a Pod that requests \S+ in namespace default gets it$/m)
    expect(said).not.toMatch(/^(broken|unknown +pods)/m)
  })

  it('shows a GitOps tool no drift', async () => {
    const { code, stdout } = await diff(cluster.previousChart)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  it('injects the Pod of the README', async () => {
    await cluster.kubectl(['apply', '-f', 'examples/multi-container-demo.yaml'])
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/multi-container-demo', '--timeout=60s'])
    const pod = await cluster.kubectl(['get', 'pod', 'multi-container-demo', '-o=json'])
    const { spec } = JSON.parse(pod) as { spec: { initContainers: readonly { name: string }[] } }
    expect(spec.initContainers.map(({ name }) => name)).toEqual(['log-tail', 'work-dir'])
  })

  it('upgrades the kinds with the rest, and no Pod is missed', async () => {
    expect(await shortNames()).toEqual([])
    load = await startLoad(cluster.kubeconfig, 'default', 4)
    await cluster.helm(['upgrade', 'pillion', chart, '-n', 'pillion', ...changed, '--wait'])
    await oldServersGone(previousVersion)
    expectNoneMissed(await load.stop())
    expect(await imageOf()).toBe(`pillion:${version}`)
    expect(await shortNames()).toEqual(['sp'])
    expect(await failurePolicies()).toEqual(['Fail', 'Fail'])
  })

  it('rolls back, and no Pod is missed', async () => {
    load = await startLoad(cluster.kubeconfig, 'default', 4)
    await cluster.helm(['rollback', 'pillion', '1', '-n', 'pillion', '--wait'])
    await oldServersGone(version)
    expectNoneMissed(await load.stop())
    expect(await imageOf()).toBe(`pillion:${previousVersion}`)
    expect(await failurePolicies()).toEqual(['Ignore', 'Ignore'])
    const { code } = await diff(cluster.previousChart)
    expect(code).toBe(0)
  })

  it('has missed no Pod: the sweep says so', async () => {
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'sweep'])
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })

  it('changes a profile of the catalog by a value, and leaves those alone that are not its own', async () => {
    const profile = {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name: 'ours' },
      spec: { containers: [{ name: 'ours', image: 'busybox:1.37' }] },
    }
    await cluster.kubectl(['create', '-f=-'], { stdin: JSON.stringify(profile) })
    const path = '--set=catalog.log-tail.parameters.path=/var/log/web'
    load = await startLoad(cluster.kubeconfig, 'default', 4)
    await cluster.helm(['upgrade', 'pillion', chart, '-n', 'pillion', ...changed, path, '--wait'])
    expectNoneMissed(await load.stop())
    const found = ['get', 'csp', 'log-tail', '-o=jsonpath={.spec.parameters.path.default}']
    expect(await cluster.kubectl(found)).toBe('/var/log/web')
    expect(await names('clustersidecarprofiles')).toContain('ours')
  })

  it('comes back by the command that doctor prints, after somebody deleted a part of it', async () => {
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'pillion'])
    const { code, stdout } = await cluster.attempt('npx', ['pillion', 'doctor', '-o', 'json'])
    const findings = JSON.parse(stdout) as readonly { name: string; status: string; hint?: string }[]
    const found = findings.find(({ name }) => name === 'webhooks')
    expect({ code, ...found }).toMatchObject({
      code: 1,
      status: 'broken',
      hint: 'helm upgrade pillion charts/pillion -n pillion --reuse-values',
    })
    expect((await cluster.attempt('sh', ['-c', found?.hint ?? 'false'])).code).toBe(0)
    const waiting = ['pillion', 'status', '--watch', '--timeout=60s']
    expect((await cluster.attempt('npx', waiting)).code).toBe(0)
    expect((await cluster.attempt('npx', ['pillion', 'doctor'])).stdout).not.toMatch(/^broken/m)
  })

  it('goes without keeping a Pod from starting, whatever failurePolicy is', async () => {
    expect(await failurePolicies()).toEqual(['Fail', 'Fail'])
    load = await startLoad(cluster.kubeconfig, 'default', 4)
    await cluster.helm(['uninstall', 'pillion', '-n', 'pillion', '--wait'])
    await oldServersGone(version)
    const { created, missed } = await load.stop()
    expect(created).toBeGreaterThan(100)
    expect(missed.filter(answer => !answer.startsWith('201'))).toEqual([])
  })

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

  it('takes the kinds along when it is told to', async () => {
    const flags = ['--set=crds.deleteOnUninstall=true', '--wait']
    await cluster.helm(['install', 'pillion', chart, '-n', 'pillion', ...flags])
    await cluster.helm(['uninstall', 'pillion', '-n', 'pillion', '--wait'])
    expect(await names('crd')).toEqual([])
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
    return cluster.attempt('kubectl', ['diff', '-n=pillion', '-f=-'], manifests)
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
