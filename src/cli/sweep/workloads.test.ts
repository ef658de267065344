import { describe, expect, it } from 'vitest'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { workloadsIn } from './workloads.ts'

function pod(name: string, { kind, ...fields }: Partial<FoundPod> = {}): FoundPod {
  return {
    kind: kind ?? 'Missed',
    message: 'runs without what it asked for: agent',
    profiles: ['agent'],
    namespace: 'shop',
    name,
    uid: name,
    createdAt: 0,
    isLasting: true,
    labels: {},
    ...fields,
  }
}

const controlledBy = (kind: string, name: string, labels = {}) => ({
  controller: { kind, name, uid: name },
  labels,
})
const ofDeployment = controlledBy('ReplicaSet', 'web-6d4f7', { 'pod-template-hash': '6d4f7' })

const said = (...pods: readonly FoundPod[]) =>
  workloadsIn(pods, []).map(({ kind, name, pods, fix }) => [`${kind}/${name}`, pods.length, fix])

describe('the workloads that a sweep finds', () => {
  it('are Deployments, not ReplicaSets, and one line for all Pods with the same result', () => {
    expect(said(pod('web-1', ofDeployment), pod('web-2', ofDeployment))).toEqual([
      ['Deployment/web', 2, 'kubectl rollout restart deployment/web -n shop'],
    ])
  })

  it.each([
    ['StatefulSet', 'kubectl rollout restart statefulset/db -n shop'],
    ['DaemonSet', 'kubectl rollout restart daemonset/db -n shop'],
    ['ReplicaSet', 'kubectl delete pod db-0 -n shop'],
    ['CloneSet', 'kubectl delete pod db-0 -n shop'],
    ['Job', 'wait until it is over, or delete it and create it again'],
  ])('have the command that replaces their Pods: %s', (kind, fix) => {
    expect(said(pod('db-0', controlledBy(kind, 'db')))).toEqual([[`${kind}/db`, 1, fix]])
  })

  it('have a command for a Pod without a controller', () => {
    expect(said(pod('bare'))).toEqual([
      ['Pod/bare', 1, 'kubectl get pod bare -n shop -o yaml | kubectl replace --force -f -'],
    ])
  })

  it('take away what an outdated Pod without a controller has, because it would keep that otherwise', () => {
    const fix = 'kubectl get pod bare -n shop -o yaml | pillion uninject -f - | kubectl replace --force -f -'
    expect(said(pod('bare', { kind: 'Outdated' }))).toEqual([['Pod/bare', 1, fix]])
  })

  it('are CronJobs, not their Jobs; a Pod that is denied is explained by its own name', () => {
    const ofJob = controlledBy('Job', 'backup-29112340')
    const denied = pod('backup-29112340-x', { kind: 'Denied', ...ofJob })
    expect(said(pod('backup-29112400-y', controlledBy('Job', 'backup-29112400')), denied)).toEqual([
      ['CronJob/backup', 1, 'pillion explain pod/backup-29112340-x -n shop'],
      ['CronJob/backup', 1, 'wait for its next Job, which starts new Pods'],
    ])
  })

  it('name a few Pods of a controller that kubectl cannot restart', () => {
    const pods = Array.from({ length: 20 }, (_, i) => pod(`c-${10 + i}`, controlledBy('CloneSet', 'c')))
    expect(said(...pods)).toEqual([['CloneSet/c', 20, 'kubectl delete pod c-10 c-11 c-12 c-13 c-14 -n shop']])
  })

  it('come first if no Pod can start, with what explains it', () => {
    const blocked = ['Deployment', 'CloneSet'].map(kind => ({
      namespace: 'bank',
      kind,
      name: 'cart',
      message: 'denied',
      triedAt: 0,
    }))
    const outage = { ...blocked[0]!, name: 'z', message: 'Internal error: failed calling webhook "x"' }
    const all = workloadsIn(
      [
        pod('old', { kind: 'Outdated', ...ofDeployment }),
        pod('new', { kind: 'Denied', ...ofDeployment }),
        pod('odd', { kind: 'Denied', ...controlledBy('CloneSet', 'odd') }),
      ],
      [...blocked, outage],
    )
    expect(all.map(({ result, kind, name, fix }) => [result, `${kind}/${name}`, fix])).toEqual([
      ['Blocked', 'CloneSet/cart', 'kubectl get events -n bank --field-selector involvedObject.name=cart'],
      ['Blocked', 'Deployment/cart', 'pillion explain deployment/cart -n bank'],
      ['Blocked', 'Deployment/z', 'pillion doctor'],
      ['Denied', 'CloneSet/odd', 'pillion explain pod/odd -n shop'],
      ['Denied', 'Deployment/web', 'pillion explain deployment/web -n shop'],
      ['Outdated', 'Deployment/web', 'kubectl rollout restart deployment/web -n shop'],
    ])
  })
})
