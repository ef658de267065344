import { describe, expect, it } from 'vitest'
import { collect } from '../profile/accept/profiles.ts'
import {
  container,
  decideOn,
  injectInto,
  namespace,
  olderCluster,
  podAsking,
  podOf,
  profileOf,
  profilesOf,
} from './decide.fixture.ts'
import type { Decision } from './decision.ts'
import { because, type Reason, sentences, withMore } from './reason.ts'
import { notCalledAsShipped } from './select/not-called.ts'

const catalog = profilesOf({
  logging: {
    parameters: { port: { type: 'integer', default: 80 } },
    containers: [container('ship')],
  },
  proxy: { requires: [{ expression: 'has(pod.spec.hostNetwork)', message: 'it needs the host network' }] },
  mesh: { requires: [{ expression: 'false', message: 'it is being retired', otherwise: 'skip' }] },
  team: { usableIn: { namespaceSelector: { matchLabels: { team: 'a' } } } },
  before: { order: { before: ['after'] }, containers: [container('one')] },
  after: { order: { before: ['before'] }, containers: [container('two')] },
})

const revisionOf = (name: string) => catalog.find(name, 'shop')?.revision

const decided = (
  ...[request, spec, annotations, circumstances]: [string, object?, object?, object?]
): Decision => decideOn(podAsking(request, spec as never, annotations as never), catalog, circumstances)

const ofNamespace = profileOf({
  kind: 'SidecarProfile',
  metadata: { name: 'node', namespace: 'shop' },
  spec: { volumes: [{ name: 'root', hostPath: { path: '/' } }] },
})

/** For every reason one Pod that gets it, and all that its developer reads. */
const table: {
  [R in Exclude<Reason, 'InternalError'>]: readonly { outcome: string; message: string; of: () => Decision }[]
} = {
  Injected: [{ outcome: 'injected', message: 'injected: logging', of: () => decided('logging') }],
  Unchanged: [
    {
      outcome: 'unchanged',
      message: 'Pillion has nothing to add to this Pod',
      of: () => decideOn(injectInto(podAsking('logging'), catalog), catalog),
    },
  ],
  NotRequested: [
    {
      outcome: 'skipped',
      message: 'nothing asks for a profile: no annotation pillion.dev/inject on the Pod or its namespace',
      of: () => decideOn(podOf(), catalog),
    },
    {
      outcome: 'skipped',
      message: 'the Pod asks for nothing: its annotation pillion.dev/inject is empty',
      of: () => decided(''),
    },
  ],
  NotCalled: [
    {
      outcome: 'skipped',
      message: `the API server does not call Pillion for this Pod: the Pod has no annotation pillion.dev/inject, and namespace shop does not have the label pillion.dev/inject=enabled; run: kubectl label namespace shop pillion.dev/inject=enabled`,
      of: () => {
        const asking = { ...namespace, annotations: { 'pillion.dev/inject': 'logging' } }
        const notCalled = notCalledAsShipped({ pod: podOf(), namespace: asking })
        return decideOn(podOf(), catalog, { namespace: asking, notCalled: String(notCalled) })
      },
    },
  ],
  OptedOut: [
    { outcome: 'skipped', message: 'the Pod opts out with "none"', of: () => decided('none') },
    {
      outcome: 'skipped',
      message: 'namespace shop opts out with "none"',
      of: () =>
        decideOn(podOf(), catalog, {
          namespace: { ...namespace, annotations: { 'pillion.dev/inject': 'none' } },
        }),
    },
  ],
  ExcludedNamespace: [
    {
      outcome: 'skipped',
      message: 'Pods of namespace kube-system are never changed',
      of: () => decided('logging', {}, {}, { namespace: { ...namespace, name: 'kube-system' } }),
    },
  ],
  MirrorPod: [
    {
      outcome: 'skipped',
      message: 'a mirror Pod only reflects a static Pod on its node; the kubelet owns it',
      of: () => decided('logging', {}, { 'kubernetes.io/config.mirror': '01' }),
    },
  ],
  NotCreated: [
    {
      outcome: 'skipped',
      message: 'only a Pod that is being created can get containers',
      of: () => decided('logging', {}, {}, { operation: 'UPDATE' }),
    },
  ],
  RequirementNotMet: [
    { outcome: 'denied', message: 'profile proxy: it needs the host network', of: () => decided('proxy') },
    { outcome: 'skipped', message: 'profile mesh: it is being retired', of: () => decided('mesh') },
  ],
  JobWouldNeverFinish: [
    {
      outcome: 'skipped',
      message:
        'the Pod runs to completion (restartPolicy Never), and its regular sidecars would keep it running: native sidecars, which end with the Pod, need Kubernetes 1.29 or newer, and this cluster is 1.28',
      of: () => decided('logging', { restartPolicy: 'Never' }, {}, { cluster: olderCluster }),
    },
  ],
  NotUsableInNamespace: [
    {
      outcome: 'skipped',
      message: "the labels of namespace shop do not match the profile's usableIn",
      of: () => decided('team'),
    },
  ],
  UnknownProfile: [
    {
      outcome: 'denied',
      message:
        'the Pod asks for an unknown profile "logg1ng"; did you mean "logging"? available: after, before, logging, mesh, proxy, team',
      of: () => decided('logg1ng'),
    },
  ],
  UnknownRevision: [
    {
      outcome: 'denied',
      message: `annotation pillion.dev/logging.revision: profile logging has no revision "0123456789"; pin one of ${revisionOf('logging')} (the newest first), or remove the annotation`,
      of: () => decided('logging', {}, { 'pillion.dev/logging.revision': '0123456789' }),
    },
    {
      outcome: 'denied',
      message: `annotation pillion.dev/logging.revision of namespace shop: "latest" is not a revision, which has 10 hex digits; pin one of ${revisionOf('logging')} (the newest first), or remove the annotation`,
      of: () =>
        decideOn(podAsking('logging'), catalog, {
          namespace: { ...namespace, annotations: { 'pillion.dev/logging.revision': 'latest' } },
        }),
    },
  ],
  UnknownParameter: [
    {
      outcome: 'denied',
      message:
        'annotation pillion.dev/logging.prot: profile logging has no such parameter; did you mean pillion.dev/logging.port?; its parameters: port',
      of: () => decided('logging', {}, { 'pillion.dev/logging.prot': '1' }),
    },
  ],
  InvalidParameter: [
    {
      outcome: 'denied',
      message: 'annotation pillion.dev/logging.port: "high" is not an integer',
      of: () => decided('logging', {}, { 'pillion.dev/logging.port': 'high' }),
    },
  ],
  Conflict: [
    {
      outcome: 'denied',
      message: 'profile logging: container "ship" is in use by the Pod for something else',
      of: () => decided('logging', { containers: [container('app'), container('ship')] }),
    },
  ],
  OrderCycle: [
    {
      outcome: 'denied',
      message:
        'initContainers cannot be put in order: "one" before "two" (profile before: before after), "two" before "one" (profile after: before before)',
      of: () => decided('before,after'),
    },
  ],
  LimitExceeded: [
    {
      outcome: 'denied',
      message: 'the Pod names 65 profiles in pillion.dev/inject; the limit is 64',
      of: () => decided(Array.from({ length: 65 }, (_, i) => `profile-${i}`).join(',')),
    },
    {
      outcome: 'denied',
      message: 'the Pod has 1025 volumes; the limit is 1024',
      of: () => decided('logging', { volumes: Array.from({ length: 1_025 }, (_, i) => ({ name: `v${i}` })) }),
    },
  ],
  PodSecurity: [
    {
      outcome: 'denied',
      message:
        'profile node: volume root: hostPath: hostPath volumes are not allowed by the Pod Security level baseline; ' +
        'remove it, or ask an admin of the cluster for the label pillion.dev/sidecar-profiles on namespace shop ' +
        '(a stricter level that the namespace enforces still counts) or for a ClusterSidecarProfile',
      of: () => decideOn(podAsking('node'), collect([ofNamespace]).profiles),
    },
  ],
}

describe('Reasons', () => {
  const rows = Object.entries(table).flatMap(([reason, cases]) => cases.map(one => ({ reason, ...one })))

  it.each(rows)('$reason ($outcome): $message', ({ reason, outcome, message, of }) => {
    const decision = of()
    const hint = `${reason} must be given by a check in src/engine; for a Pod that is skipped, in src/engine/select/select.ts`
    expect(decision, hint).toMatchObject({ outcome, reason, message })
    expect(decision.patch.length > 0).toBe(outcome === 'injected')
  })

  it('A new one needs its sentence, its test and its line in the docs.', () => {
    expect(Object.keys(sentences).toSorted()).toEqual([...Object.keys(table), 'InternalError'].toSorted())
  })

  it('InternalError is for whoever calls the engine', () => {
    expect(because('InternalError', 'the disk is full')).toEqual({
      reason: 'InternalError',
      message: 'the disk is full',
    })
  })

  it('are given for each profile too, with its revision, parameters and what it has in the Pod', () => {
    const { profiles } = decided('logging,mesh,team')
    const revision = expect.stringMatching(/^[0-9a-f]{10}$/)
    expect(profiles).toEqual([
      {
        name: 'logging',
        revision,
        revisionBecause: 'stable',
        outcome: 'injected',
        reason: 'Injected',
        message: 'profile logging is injected',
        parameters: [{ name: 'port', value: 80, from: 'default' }],
        injected: { revision, initContainers: ['ship'] },
      },
      {
        name: 'team',
        revision,
        outcome: 'skipped',
        reason: 'NotUsableInNamespace',
        message: "the labels of namespace shop do not match the profile's usableIn",
        parameters: [],
      },
      {
        name: 'mesh',
        revision,
        revisionBecause: 'stable',
        outcome: 'skipped',
        reason: 'RequirementNotMet',
        message: 'profile mesh: it is being retired',
        parameters: [],
      },
    ])
  })

  it('of an unknown profile have no revision', () => {
    expect(decided('what').profiles).toMatchObject([
      { name: 'what', outcome: 'denied', reason: 'UnknownProfile' },
    ])
    expect(decided('what').profiles[0]).not.toHaveProperty('revision')
  })
})

describe('the message of a denial with the command that says more', () => {
  it.each([
    ['one line', 'one line (what to do: pillion reasons Conflict)'],
    ['- two\n- lines', '- two\n- lines\nwhat to do: pillion reasons Conflict'],
  ])('%j', (message, is) => {
    expect(withMore({ reason: 'Conflict', message })).toBe(is)
  })
})
