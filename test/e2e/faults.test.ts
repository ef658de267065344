import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { until } from '../apiserver/until.ts'
import { describeWithHelm } from '../chart/helm.ts'
import {
  createSampleNamespaces,
  expectNothingLost,
  expectOnlyUnavailable,
  expectOnlyUnreached,
  faultSeconds,
  type Load,
  type Loaded,
  numbersOf,
  startLoad,
} from '../faults/load.ts'
import { record } from '../faults/measurements.ts'
import { type Plans, plansOf } from '../faults/plans.ts'
import { chart, laterVersion } from './chart.ts'
import { chartFlags, createFaultCluster, type FaultCluster, type Replica } from './fault-cluster.ts'
import { cutOff, reboot, reconnect } from './fault-nodes.ts'
import type { Kubectl } from './kubectl.ts'
import { busyboxDeployment, initContainerNames, type LivePod } from './pod.ts'
import { killPod } from './replicas.ts'

const timeoutMs = (faultSeconds + 300) * 1_000

/**
 * Each test breaks something while 50 Pods a second are created, for FAULT_SECONDS at least. `failurePolicy` is `Fail`, and
 * a canary of log-tail is at 30 % all the time.
 */
describeWithHelm('Pods are created while there is', () => {
  let cluster: FaultCluster
  let plans: Plans
  let load: Load | undefined
  /** kubectl in the namespace of Pillion. */
  let pillion: Kubectl

  beforeAll(async () => {
    cluster = await createFaultCluster(`pillion-e2e-faults-${process.pid}`)
    pillion = cluster.kubectl.in('pillion')
    await createSampleNamespaces(cluster.api)
    plans = await plansOf(cluster.api)
    await startCanary()
  }, 900_000)
  beforeEach(() => cluster.settled(), 300_000)
  afterAll(async () => {
    await load?.stop()
    await cluster?.remove()
  }, 120_000)

  /** 30 % of the workloads get another revision of log-tail. */
  async function startCanary(): Promise<void> {
    await edit('log-tail', [
      { op: 'add', path: '/spec/rollout', value: { update: 'OnCreate', canary: { percent: 30 } } },
      { op: 'replace', path: '/spec/parameters/file/default', value: 'canary.log' },
    ])
    const revision = plans.roll(await stored('log-tail'), 30)
    await until('the canary is at 30 %', 60_000, async () => {
      const path = '-o=jsonpath={.status.rollout.canary} {.status.rollout.percent}'
      return (await cluster.kubectl(['get', 'csp', 'log-tail', path])) === `${revision} 30`
    })
    // Until each replica knows it.
    await sleep(2_000)
  }

  function edit(profile: string, operations: readonly object[]): Promise<string> {
    return cluster.kubectl(['patch', 'csp', profile, '--type=json', `--patch=${JSON.stringify(operations)}`])
  }

  async function stored(profile: string): Promise<JsonObject & { readonly spec: JsonObject }> {
    return JSON.parse(await cluster.kubectl(['get', 'csp', profile, '-o=json']))
  }

  /**
   * A test: Pods are created while something breaks, until FAULT_SECONDS are over and all replicas are well again. What
   * `breakIt` gives is worth a word in the table.
   */
  function fault(
    name: string,
    expectation: (loaded: Loaded) => void,
    breakIt: (load: Load) => Promise<string> | Promise<void>,
  ): void {
    it(name, { timeout: timeoutMs }, async ({ task }) => {
      const endMs = performance.now() + faultSeconds * 1_000
      const started = startLoad(cluster.api, plans)
      load = started
      try {
        const more = await breakIt(started)
        await sleep(Math.max(0, endMs - performance.now()))
        await cluster.settled()
        const loaded = await started.stop()
        record(task, more ? `${numbersOf(loaded)}; ${more}` : numbersOf(loaded), cluster.kubernetes)
        expectation(loaded)
      } finally {
        // They say more than what the fault ran into.
        for (const line of started.soFar().bad) process.stderr.write(`  ${line}\n`)
        await started.stop()
      }
    })
  }

  /** Repeats something for FAULT_SECONDS, a number of times at least, and gives how often it was done. */
  async function repeat(atLeast: number, step: (round: number) => Promise<unknown>): Promise<number> {
    const endMs = performance.now() + faultSeconds * 1_000
    let rounds = 0
    while (rounds < atLeast || performance.now() < endMs) await step(rounds++)
    return rounds
  }

  fault('a rolling restart, three times', expectNothingLost, async () => {
    const restarts = await repeat(3, async () => {
      await pillion(['rollout', 'restart', 'deployment/pillion'])
      await cluster.settled()
    })
    return `${restarts} restarts`
  })

  fault('a deletion of all replicas at once', expectNothingLost, async () => {
    await pillion(['delete', 'pods', '-l=app.kubernetes.io/component=server', '--wait=false'])
    // Until the Deployment counts them no more.
    await sleep(1_000)
  })

  fault('a SIGKILL of a replica', expectOnlyUnreached, async () => {
    const leader = await cluster.leader()
    const other = (await cluster.replicas()).find(({ name }) => name !== leader.name)
    await killPod(cluster.name, other!.name, other!.node)
  })

  fault('a SIGKILL of the leader', expectOnlyUnreached, async () => {
    const leader = await cluster.leader()
    await killPod(cluster.name, leader.name, leader.node)
  })

  fault('a drain of a node', expectNothingLost, async () => {
    const [replica] = await cluster.replicas()
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s']
    await cluster.kubectl(['drain', replica!.node, ...flags])
    await cluster.settled()
    await cluster.kubectl(['uncordon', replica!.node])
  })

  describe('with a replica on each of two nodes', () => {
    let replica: Replica

    beforeEach(async () => {
      // A restart spreads the replicas over the nodes, also after a drain.
      await pillion(['rollout', 'restart', 'deployment/pillion'])
      await cluster.settled()
      const replicas = await cluster.replicas()
      expect(new Set(replicas.map(({ node }) => node)).size).toBe(Math.min(2, cluster.workers.length))
      replica = replicas[0]!
    }, 300_000)

    fault('a node that is cut off', expectOnlyUnreached, async () => {
      await cutOff(cluster, replica.node)
      await sleep(faultSeconds * 1_000)
      await reconnect(cluster, replica.node)
    })

    fault('a reboot of a node', expectOnlyUnreached, async () => {
      await reboot(cluster, replica.node)
      await until('the replica has started again', 120_000, async () => {
        const again = (await cluster.replicas()).find(({ node }) => node === replica.node)
        return again !== undefined && !['', replica.startedAt].includes(again.startedAt)
      })
    })
  })

  fault('a rotation of the certificate and of the CA every 20 s', expectNothingLost, async () => {
    const rotations = await repeat(2, async round => {
      const startMs = performance.now()
      if (round % 2 === 0) await pillion(['delete', 'secret', 'pillion-tls'])
      else {
        const command = ['dist/pillion.js', 'certificates', 'revoke']
        const { code, stdout, stderr } = await cluster.attempt('node', command)
        expect({ code, stdout, stderr }).toMatchObject({ code: 0 })
      }
      await sleep(Math.max(0, startMs + 20_000 - performance.now()))
    })
    return `${rotations} rotations`
  })

  fault('an edit of a profile every second, one in three not valid', expectNothingLost, async load => {
    const original = await stored('work-dir')
    const withContent = (value: string): JsonObject => {
      const next = structuredClone(original) as { spec: { parameters: { content: { default: string } } } }
      next.spec.parameters.content.default = value
      return next as unknown as JsonObject
    }
    // Otherwise a profile that is not valid would not be stored.
    await validatedOperations(['CREATE'])
    const edits = await repeat(10, async round => {
      const startMs = performance.now()
      if (round % 3 === 2) {
        const value = ['$(params.unknown)']
        await edit('work-dir', [{ op: 'add', path: '/spec/initContainers/0/args', value }])
      } else {
        const next = withContent(`edit ${round}`)
        plans.add(next)
        await edit('work-dir', [{ op: 'replace', path: '/spec', value: next['spec'] }])
      }
      await sleep(Math.max(0, startMs + 1_000 - performance.now()))
    })
    await edit('work-dir', [{ op: 'replace', path: '/spec', value: original.spec }])
    await validatedOperations(['CREATE', 'UPDATE'])
    const given = [...load.soFar().revisions.keys()].filter(key => key.startsWith('work-dir '))
    expect(given.length).toBeGreaterThan(1)
    return `${edits} edits, ${given.length} revisions in use`
  })

  function validatedOperations(operations: readonly string[]): Promise<string> {
    const patch = [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: operations }]
    return cluster.kubectl([
      ...['patch', 'validatingwebhookconfiguration', 'pillion', '--type=json'],
      `--patch=${JSON.stringify(patch)}`,
    ])
  }

  fault('an API server that Pillion cannot reach', expectNothingLost, async () => {
    const rule = '-p tcp --dport 6443 -s 10.244.0.0/16 -j DROP'
    for (const node of cluster.workers) await cluster.inNode(node, `iptables -I FORWARD ${rule}`)
    await sleep(faultSeconds * 1_000)
    for (const node of cluster.workers) {
      const counters = await cluster.inNode(node, 'iptables -nvxL FORWARD')
      expect(counters).toMatch(/^ *[1-9]\d* .* DROP .*dpt:6443/m)
      await cluster.inNode(node, `iptables -D FORWARD ${rule}`)
    }
  })

  fault('an API server that answers every request of Pillion with 429', expectNothingLost, async () => {
    await cluster.kubectl(['apply', '-f=-'], { stdin: JSON.stringify(noCapacity) })
    await until('the API server answers with 429', 60_000, async () => {
      const metrics = await cluster.kubectl(['get', '--raw=/metrics'])
      return /^apiserver_flowcontrol_rejected_requests_total\{flow_schema="no-capacity",.* [1-9]/m.test(
        metrics,
      )
    })
    await sleep(faultSeconds * 1_000)
    await cluster.kubectl(['delete', '-f=-'], { stdin: JSON.stringify(noCapacity) })
  })

  fault('a restart of the API server', expectOnlyUnavailable, async () => {
    await cluster.inNode(`${cluster.name}-control-plane`, 'pkill -KILL -x kube-apiserver')
    await sleep(2_000)
    await until(
      'the API server is back',
      120_000,
      async () => (await cluster.kubectl.attempt(['get', '--raw=/readyz'])).code === 0,
      500,
    )
  })

  fault('a Helm upgrade and a rollback', expectNothingLost, async () => {
    const later = [`--set=image.tag=${laterVersion}`, '--set=logLevel=debug']
    await cluster.helm(['upgrade', 'pillion', chart, '--reset-then-reuse-values', ...chartFlags, ...later])
    await cluster.settled()
    await cluster.helm(['rollback', 'pillion', '--namespace=pillion', '--wait', '--timeout=180s'])
  })

  it(
    'no replica at all, with failurePolicy Ignore: the sweep repairs the Pods',
    async context => {
      const perMinute = 60
      const flags = [
        '--set=webhook.failurePolicy=Ignore',
        '--set=sweep.evict=missed',
        `--set=sweep.evictionsPerMinute=${perMinute}`,
        '--set=extraArgs={--sweep-interval-ms=1000}',
      ]
      await cluster.helm(['upgrade', 'pillion', chart, '--reuse-values', ...chartFlags, ...flags])
      await cluster.settled()
      const apps = cluster.kubectl.in('apps')
      await cluster.kubectl(['create', 'namespace', 'apps'])
      await pillion(['scale', 'deployment/pillion', '--replicas=0'])
      await pillion([
        'wait',
        '--for=delete',
        'pod',
        '-l=app.kubernetes.io/component=server',
        '--timeout=120s',
      ])
      load = startLoad(cluster.api, plans)
      const names = ['web-1', 'web-2', 'web-3', 'web-4']
      for (const name of names) {
        const deployment = busyboxDeployment(name, { 'pillion.dev/inject': 'work-dir' }, { replicas: 5 })
        await apps(['create', '-f=-'], { stdin: deployment })
      }
      for (const name of names) await apps(['rollout', 'status', `deployment/${name}`, '--timeout=180s'])
      await sleep(faultSeconds * 1_000)
      const loaded = await load.stop()
      expect(await missed(apps)).toBe(20)

      const startMs = performance.now()
      await pillion(['scale', 'deployment/pillion', '--replicas=2'])
      await cluster.settled()
      const events = ['get', 'events', '--field-selector=reason=InjectionMissed', '-o=name']
      await until(
        'all are found',
        60_000,
        async () => (await apps(events)).trim().split('\n').length >= 20,
        500,
      )
      const foundMs = performance.now() - startMs
      let leastReady = 5
      await until(
        'all are repaired',
        120_000,
        async () => {
          const path = '-o=jsonpath={.items[*].status.readyReplicas}'
          const ready = (await apps(['get', 'deployments', path])).split(' ').map(Number)
          leastReady = Math.min(leastReady, ...ready)
          return (await missed(apps)) === 0
        },
        500,
      )
      const repairedMs = performance.now() - startMs
      await apps(['delete', 'deployments', '--all'])
      await cluster.helm(['rollback', 'pillion', '--namespace=pillion', '--wait', '--timeout=180s'])
      const { created, counts } = loaded
      const seconds = (ms: number) => `${(ms / 1_000).toFixed(0)} s`
      record(
        context.task,
        `${created} Pods without Pillion: ${counts.failed} failed, ${counts.without} without a sidecar; then 20 of 20 missed Pods that ran ` +
          `were found within ${seconds(foundMs)} and replaced within ${seconds(repairedMs)}, with ${perMinute} evictions a minute at most, ` +
          `and at most ${5 - leastReady} Pod of a Deployment unavailable`,
        cluster.kubernetes,
      )
      expect({ failed: counts.failed, wrong: counts.wrong }).toEqual({ failed: 0, wrong: 0 })
      expect(counts.without).toBeGreaterThan(100)
      // The first one at once.
      expect(repairedMs).toBeGreaterThan((19 * 60_000) / perMinute)
      expect(leastReady).toBe(4)
    },
    timeoutMs,
  )

  /** Number of Pods without work-dir. */
  async function missed(apps: Kubectl): Promise<number> {
    const { items } = JSON.parse(await apps(['get', 'pods', '-o=json'])) as { items: LivePod[] }
    return items.filter(pod => !initContainerNames(pod).includes('work-dir')).length
  }
})

/** An API server with this gives requests of Pillion no time at all. */
const noCapacity = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'no-capacity' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
      },
    },
    {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: 'no-capacity' },
      spec: {
        priorityLevelConfiguration: { name: 'no-capacity' },
        matchingPrecedence: 2,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'pillion', name: 'pillion' } }],
            resourceRules: [
              { apiGroups: ['*'], resources: ['*'], verbs: ['*'], clusterScope: true, namespaces: ['*'] },
            ],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    },
  ],
}
