import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json/json.ts'
import {
  cluster,
  container,
  namespace,
  profilesOf,
  subjectOf,
  withRevisions,
  withStatus,
} from './decide.fixture.ts'
import { decide } from './decide.ts'
import { mayBeMissed, missed } from './missed.ts'
import { workloadMistakes } from './mistakes/workload.ts'
import { uninject } from './patch/uninject.ts'
import { annotation, type Pod } from './pod.ts'
import { dueOf, hasUnknownRevision } from './revise/revise.ts'
import { callPath } from './select/call-path.ts'
import { notCalledAsShipped } from './select/not-called.ts'
import { updateTo } from './update/update-to.ts'

/** A profile that reads and gives something in every place, and another revision of it. */
const full = {
  requires: [{ expression: 'size(pod.metadata.?labels.orValue({})) < 5', message: 'too many labels' }],
  volumes: [{ name: 'logs', emptyDir: {}, adopt: { mountPath: '/logs' } }],
  containers: [container('ship', { volumeMounts: [{ name: 'logs', mountPath: '/logs' }] })],
  initContainers: [container('prepare')],
  appContainers: [
    {
      select: 'all',
      env: [{ name: 'LOGS', value: '/logs' }],
      envFrom: [{ configMapRef: { name: 'logs' } }],
      volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
    },
  ],
  pod: {
    labels: { logs: 'yes' },
    annotations: { 'example.com/port': '9090' },
    imagePullSecrets: [{ name: 'registry' }],
    hostAliases: [{ ip: '10.1.1.1', hostnames: ['logs'] }],
    shareProcessNamespace: true,
    dnsConfig: { searches: ['logs'] },
    terminationGracePeriodSeconds: 60,
  },
}
const before = profilesOf({ full, auto: { autoInject: {}, containers: [container('auto')] } })
const profiles = withRevisions(profilesOf({ full: { ...full, description: 'Now.' } }), { kept: [before] })
const stable = profiles.find('full', 'shop')!
/** The status of a Pod that got all of it. */
function whole(): unknown {
  const { patch } = decide(
    subjectOf({ metadata: {}, spec: { containers: [container('app')] } } as Pod, { requested: 'full' }),
    before,
    cluster,
  )
  const [status] = patch.flatMap(({ path, value }) =>
    path.endsWith('~1status') || path.endsWith('/annotations') ? [value] : [],
  )
  return JSON.parse(String(typeof status === 'string' ? status : (status as JsonObject)[annotation.status]))
}

/** What may be absent from what the API server sends, or from a manifest, with the members that it has when it is empty. */
const bare: readonly { readonly what: string; readonly pod: Pod; readonly filled: Pod }[] = [
  { what: 'spec', pod: { metadata: {} }, filled: { metadata: {}, spec: { containers: [] } } },
  { what: 'metadata', pod: { spec: { containers: [] } }, filled: { metadata: {}, spec: { containers: [] } } },
  { what: 'metadata and spec', pod: {}, filled: { metadata: {}, spec: { containers: [] } } },
  { what: 'containers', pod: { metadata: {}, spec: {} }, filled: { metadata: {}, spec: { containers: [] } } },
  {
    what: 'labels, volumes and init containers',
    pod: { metadata: {}, spec: { containers: [container('app')] } },
    filled: {
      metadata: { labels: {} },
      spec: { containers: [container('app')], initContainers: [], volumes: [] },
    },
  },
]

describe.each(bare)('a Pod without $what', ({ pod, filled }) => {
  const claiming = (one: Pod) => withStatus(one, whole())
  const pairs = () =>
    [
      [pod, filled],
      [claiming(pod), claiming(filled)],
    ] as const

  it.each([{ isLive: true }, { isLive: false }])(
    'is decided about like one where they are empty: %j',
    how => {
      for (const [one, other] of pairs())
        for (const requested of [undefined, 'full', 'auto,full', 'unknown']) {
          const decided = (about: Pod) => {
            const circumstances = { ...how, ...(requested !== undefined && { requested }) }
            const { outcome, reason, message, warnings } = decide(
              subjectOf(about, circumstances),
              before,
              cluster,
            )
            return { outcome, reason, message, warnings }
          }
          expect(decided(one)).toEqual(decided(other))
        }
    },
  )

  it('is judged like one where they are empty', () => {
    const enabled = {
      ...namespace,
      labels: { [annotation.inject]: 'enabled' },
      annotations: { [annotation.inject]: 'full' },
    }
    const judged = (about: Pod) => ({
      missed: missed({ pod: about, namespace: enabled }, profiles, cluster),
      mayBeMissed: mayBeMissed(about, namespace),
      update: updateTo({ pod: about, namespace }, stable, stable, profiles, cluster, {
        at: '2026-01-02T03:04:05Z',
      }),
      due: dueOf({ pod: about, namespace }, stable, profiles)?.because,
      isUnknown: hasUnknownRevision({ pod: about, namespace }, profiles),
      call: callPath(
        { webhooks: [{ name: 'w', objectSelector: { matchLabels: { a: 'b' } } }] },
        { pod: about, namespace },
      ),
      notCalled: notCalledAsShipped({ pod: about, namespace }),
      mistakes: workloadMistakes(
        { object: about, template: [], subject: subjectOf(about) },
        profiles,
        cluster,
      ),
    })
    for (const [one, other] of pairs()) expect(judged(one)).toEqual(judged(other))
    expect(uninject(pod)).toEqual([])
  })
})
