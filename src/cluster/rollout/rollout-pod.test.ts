import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { ago, canary, rawPod, stable, text } from './rollout-pod.fixture.ts'
import { type ExaminedPod, rolloutPod } from './rollout-pod.ts'

const examined: ExaminedPod = { revision: stable, due: canary, kind: 'images', containers: ['agent'] }

describe('the record of a Pod', () => {
  it('has what a rollout needs, and nothing of containers of others', () => {
    const raw = rawPod({
      metadata: {
        labels: { 'pod-template-hash': '5f4cf' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5f4cf', uid: 'r', controller: true }],
      },
      spec: { initContainers: [{ name: 'agent', image: 'agent:1', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [
          {
            name: 'agent',
            image: 'docker.io/library/agent:1',
            started: true,
            ready: true,
            state: { running: { startedAt: text(ago(60)) } },
          },
        ],
        containerStatuses: [{ name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    })
    const updated = { from: 'bbbbbbbbbb', at: text(ago(61)), restarts: ['agent'] }
    expect(rolloutPod(raw, { ...examined, updated })).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u',
      node: 'worker-1',
      workload: 'shop/Deployment/web',
      controller: 'ReplicaSet',
      isLasting: true,
      isOver: false,
      isReady: true,
      startedAt: ago(3_600),
      revision: stable,
      due: canary,
      kind: 'images',
      updated: { from: 'bbbbbbbbbb', at: ago(61) },
      containers: [
        {
          name: 'agent',
          isSidecar: true,
          isDone: false,
          isStarted: true,
          isReady: true,
          restarts: true,
          hasImage: true,
          runningSince: ago(60),
        },
      ],
    })
  })

  it.each([
    ['ends', { metadata: { deletionTimestamp: text(ago(1)) } }],
    ['has ended', { status: { phase: 'Succeeded' } }],
    ['has failed', { status: { phase: 'Failed' } }],
  ])('says that it %s', (_, own) => {
    expect(rolloutPod(rawPod(own), examined).isOver).toBe(true)
  })

  it('is of a bare Pod, and of one that no node has', () => {
    const raw = { metadata: { namespace: 'shop', name: 'tool', uid: 'u' }, spec: { restartPolicy: 'Never' } }
    expect(rolloutPod(raw, examined)).toEqual({
      namespace: 'shop',
      name: 'tool',
      uid: 'u',
      workload: 'shop/Pod/tool',
      isLasting: false,
      isOver: false,
      isReady: false,
      revision: stable,
      due: canary,
      kind: 'images',
      containers: [],
    })
  })

  it('says since when a Pod is not ready', () => {
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: text(ago(7)) }
    const record = rolloutPod(rawPod({ status: { conditions: [condition] } }), examined)
    expect(record).toMatchObject({ isReady: false, notReadySince: ago(7) })
  })

  it('knows an init container that has done its work', () => {
    const raw = rawPod({
      spec: { initContainers: [{ name: 'agent', image: 'a:1' }] },
      status: { initContainerStatuses: [{ name: 'agent', state: { terminated: { exitCode: 0 } } }] },
    })
    expect(rolloutPod(raw, examined).containers).toMatchObject([
      { isSidecar: false, isDone: true, isReady: false },
    ])
  })

  it.each([
    ['agent', 'docker.io/library/agent:latest', true],
    ['agent:1', 'docker.io/library/agent:1', true],
    ['team/agent:1', 'docker.io/team/agent:1', true],
    ['ghcr.io/team/agent:1', 'ghcr.io/team/agent:1', true],
    ['localhost/agent:1', 'localhost/agent:1', true],
    ['localhost:5000/agent', 'localhost:5000/agent:latest', true],
    ['agent:2', 'docker.io/library/agent:1', false],
    ['agent:1', 'ghcr.io/library/agent:1', false],
    ['agent:1', 'sha256:0123', false],
    ['agent:1@sha256:0123', 'sha256:0123', true],
    ['agent@sha256:0123', 'docker.io/library/agent@sha256:4567', false],
  ])('says whether the image %s runs as %s', (image, runs, expected) => {
    const raw = rawPod({
      spec: { containers: [{ name: 'agent', image }] },
      status: { containerStatuses: [{ name: 'agent', image: runs, imageID: 'sha256:89ab' }] },
    })
    expect(rolloutPod(raw, examined).containers[0]?.hasImage).toBe(expected)
  })

  it('knows an image with a digest by the ID of the image', () => {
    const raw = rawPod({
      spec: { containers: [{ name: 'agent', image: 'agent@sha256:0123' }] },
      status: {
        containerStatuses: [
          { name: 'agent', image: 'agent:1', imageID: 'docker.io/library/agent@sha256:0123' },
        ],
      },
    })
    expect(rolloutPod(raw, examined).containers[0]?.hasImage).toBe(true)
  })
})

describe('a container that ended', () => {
  const at = (startedAt: number, finishedAt: number, exitCode = 1) => ({
    terminated: { exitCode, startedAt: text(ago(startedAt)), finishedAt: text(ago(finishedAt)) },
  })
  type Spec = 'sidecar' | 'init' | 'regular' | 'regular in a Job'
  // As kubelets of v1.34.4 and v1.37.2 wrote it when a sidecar got an image that crashes.
  const last = at(11, 11)
  it.each<[string, Spec, JsonObject, number | undefined]>([
    ['twice crashes', 'sidecar', { state: at(10, 10), lastState: last }, ago(11)],
    ['twice crashes as a regular container', 'regular', { state: at(10, 10), lastState: last }, ago(11)],
    [
      'twice crashes, although it says that all is well',
      'sidecar',
      { state: at(9, 9, 0), lastState: last },
      ago(11),
    ],
    ['twice crashes as an init container', 'init', { state: at(10, 10), lastState: last }, ago(11)],
    ['once does not crash yet', 'sidecar', { state: at(10, 10), lastState: {} }, undefined],
    [
      'and runs again does not',
      'sidecar',
      { state: { running: { startedAt: text(ago(9)) } }, lastState: last },
      undefined,
    ],
    ['after ten minutes does not', 'sidecar', { state: at(603, 3), lastState: at(604, 604) }, undefined],
    ['a second before does', 'sidecar', { state: at(602, 3), lastState: at(604, 604) }, ago(604)],
    [
      'well at last does not in an init container',
      'init',
      { state: at(9, 9, 0), lastState: last },
      undefined,
    ],
    [
      'well at last does not in a Job',
      'regular in a Job',
      { state: at(9, 9, 0), lastState: last },
      undefined,
    ],
    ['badly does in a Job', 'regular in a Job', { state: at(9, 9), lastState: last }, ago(11)],
    // What the kubelet writes about a container that was lost with its node.
    [
      'with its node does not',
      'sidecar',
      { state: { terminated: { exitCode: 137, startedAt: null, finishedAt: null } }, lastState: last },
      undefined,
    ],
  ])('%s', (_, kind, status, expected) => {
    const isInit = kind === 'sidecar' || kind === 'init'
    const container = {
      name: 'agent',
      image: 'agent:1',
      ...(kind === 'sidecar' && { restartPolicy: 'Always' }),
    }
    const record = rolloutPod(
      rawPod({
        spec: {
          restartPolicy: kind === 'regular in a Job' ? 'OnFailure' : 'Always',
          [isInit ? 'initContainers' : 'containers']: [container],
        },
        status: { [isInit ? 'initContainerStatuses' : 'containerStatuses']: [{ name: 'agent', ...status }] },
      }),
      examined,
    )
    expect(record.containers.map(({ crashingSince }) => crashingSince)).toEqual([expected])
  })

  /** A Pod whose app and sidecar have these states; the sidecar ended twice. */
  const crashing = (restartPolicy: string, app: JsonObject, own: JsonObject = {}) =>
    rolloutPod(
      rawPod({
        spec: {
          restartPolicy,
          containers: [{ name: 'app', image: 'app:1' }],
          initContainers: [{ name: 'agent', image: 'agent:1', restartPolicy: 'Always' }],
        },
        status: {
          initContainerStatuses: [{ name: 'agent', state: at(10, 10, 143), lastState: last }],
          containerStatuses: [{ name: 'app', state: app }],
          ...own,
        },
      }),
      examined,
    ).containers[0]
  const running = { running: { startedAt: text(ago(60)) } }
  it.each<[string, string, JsonObject, number | undefined]>([
    ['beside an app that runs', 'Never', running, ago(11)],
    ['beside an app without a status', 'Never', {}, ago(11)],
    ['beside an app that restarts, too', 'Always', at(10, 10, 0), ago(11)],
    ['beside an app that the kubelet tries again', 'OnFailure', at(10, 10), ago(11)],
    // The kubelet ends the sidecars of a Job; a moment later it writes that the Pod has ended.
    ['after the app of a Job', 'Never', at(60, 11, 0), undefined],
    ['after the app of a Job that failed', 'Never', at(60, 11), undefined],
    ['after the app of a Job that may be tried again', 'OnFailure', at(60, 11, 0), undefined],
  ])('again %s', (_, restartPolicy, app, expected) => {
    expect(crashing(restartPolicy, app)?.crashingSince).toBe(expected)
  })

  it.each([
    ['does not crash while the Pod has no sandbox, as after a reboot of its node', 'False', undefined],
    ['crashes in a sandbox', 'True', ago(11)],
  ])('twice %s', (_, status, expected) => {
    const conditions = [{ type: 'PodReadyToStartContainers', status }]
    expect(crashing('Always', running, { conditions })?.crashingSince).toBe(expected)
  })

  it.each<[string, JsonObject, number | undefined]>([
    ['is down', { state: at(10, 9), lastState: last }, ago(9)],
    [
      'waits for its next start',
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: last },
      ago(11),
    ],
    ['runs again', { state: running, lastState: last }, undefined],
    ['has not started', { state: { waiting: { reason: 'PodInitializing' } } }, undefined],
  ])('has the time of its last end if it %s', (_, status, expected) => {
    const conditions = [{ type: 'PodReadyToStartContainers', status: 'True' }]
    const statuses = [{ name: 'agent', ...status }]
    expect(crashing('Always', running, { conditions, initContainerStatuses: statuses })?.endedAt).toBe(
      expected,
    )
  })

  it.each<[string, string, JsonObject, number, boolean]>([
    ['is done in a Job', 'Never', {}, 0, true],
    ['is done in a Job that may be tried again', 'OnFailure', {}, 0, true],
    ['is not done if it failed', 'Never', {}, 1, false],
    ['is not done in a Pod that lasts', 'Always', {}, 0, false],
    // Kubernetes 1.35 has a restartPolicy for each container.
    ['is done by its own restartPolicy', 'Always', { restartPolicy: 'OnFailure' }, 0, true],
    ['is not done by its own restartPolicy', 'Never', { restartPolicy: 'Always' }, 0, false],
  ])('as a regular container %s', (_, restartPolicy, own, exitCode, isDone) => {
    const { containers } = rolloutPod(
      rawPod({
        spec: { restartPolicy, containers: [{ name: 'app' }, { name: 'agent', image: 'agent:1', ...own }] },
        status: {
          containerStatuses: [
            { name: 'app', state: running },
            { name: 'agent', state: at(9, 9, exitCode), lastState: last },
          ],
        },
      }),
      examined,
    )
    expect(containers[0]).toMatchObject({ isDone })
    expect(containers[0]?.crashingSince).toBe(isDone ? undefined : ago(11))
  })

  it.each<[string, JsonObject]>([
    ['nothing', { state: null, lastState: null }],
    ['no objects', { state: 'x', lastState: ['x'] }],
    ['nothing inside', { state: { terminated: null }, lastState: { terminated: 7 } }],
    [
      'no times',
      {
        state: { terminated: { exitCode: '0', startedAt: 1, finishedAt: {} } },
        lastState: { terminated: { startedAt: -1 } },
      },
    ],
    [
      'times that are none',
      {
        state: { terminated: { startedAt: text(ago(9)), finishedAt: '9'.repeat(1_000_000) } },
        lastState: { terminated: { startedAt: '-9999-01-01T00:00:00Z' } },
      },
    ],
  ])('does not crash if its status has %s', (_, status) => {
    const conditions = [null, 'x', { type: 'PodReadyToStartContainers', status: 'True' }] as never
    const statuses = [{ name: 'agent', ...status }]
    const is = crashing('Never', null as never, { conditions, initContainerStatuses: statuses })
    expect(is).toMatchObject({ isDone: false })
    expect(is).not.toHaveProperty('crashingSince')
    expect(is).not.toHaveProperty('endedAt')
  })
})

describe('a Pod whose init containers are not done', () => {
  const running = { running: { startedAt: text(ago(60)) } }
  const unreached = { waiting: { reason: 'PodInitializing' } }
  const done = { terminated: { exitCode: 0 } }
  const crashed = { waiting: { reason: 'CrashLoopBackOff' } }
  const sidecar = { name: 'agent', restartPolicy: 'Always' }
  type State = JsonObject
  it.each<[string, readonly JsonObject[], readonly State[], true | undefined]>([
    [
      'is held up by the one of the app before the profile',
      [{ name: 'wait' }, sidecar],
      [running, unreached],
      true,
    ],
    ['is held up by one that crashes', [{ name: 'wait' }, sidecar], [crashed, unreached], true],
    ['is not when it is done', [{ name: 'wait' }, sidecar], [done, unreached], undefined],
    ['is not by the profile itself', [sidecar, { name: 'wait' }], [running, unreached], undefined],
    ['is not while nothing has begun', [{ name: 'wait' }, sidecar], [unreached, unreached], undefined],
    ['is not while the node says nothing', [{ name: 'wait' }, sidecar], [], undefined],
    ['is not without init containers', [], [], undefined],
  ])('%s', (_, initContainers, states, expected) => {
    const initContainerStatuses = states.map((state, i) => ({
      name: initContainers[i]?.['name'] ?? '',
      state,
    }))
    const record = rolloutPod(
      rawPod({ spec: { initContainers }, status: { initContainerStatuses } }),
      examined,
    )
    expect(record.isHeldUp).toBe(expected)
  })
})
