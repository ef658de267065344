import { describe, expect, it } from 'vitest'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { podTable, workloadJson, workloadTable } from './table.ts'
import { workloadsIn } from './workloads.ts'

const bare: FoundPod = {
  kind: 'Denied',
  message: 'would be denied now: \u001b[31m- one\n- two',
  profiles: ['agnet'],
  namespace: 'bank',
  name: 'cart',
  uid: 'u1',
  createdAt: 0,
  isLasting: true,
  labels: {},
}
const owned: FoundPod = {
  ...bare,
  kind: 'Missed',
  message: 'runs without what it asked for: agent, log-tail',
  profiles: ['agent', 'log-tail'],
  name: 'web-6d4f7-x2k9p',
  controller: { kind: 'ReplicaSet', name: 'web-6d4f7', uid: 'u2' },
  labels: { 'pod-template-hash': '6d4f7' },
}
const blocked = { namespace: 'bank', kind: 'Job', name: 'load', message: 'denied', triedAt: 0 }

describe('what a sweep finds', () => {
  it('is a table with one line for each workload, without control characters', () => {
    expect(workloadTable(workloadsIn([owned, bare], [blocked]))).toBe(
      [
        'NAMESPACE  WORKLOAD        PODS  RESULT   WHY                                              FIX',
        'bank       job/load        -     Blocked  denied                                           pillion explain job/load -n bank',
        'bank       pod/cart        1     Denied   would be denied now: [31m- one - two             pillion explain pod/cart -n bank',
        'bank       deployment/web  1     Missed   runs without what it asked for: agent, log-tail  kubectl rollout restart deployment/web -n bank',
        '',
      ].join('\n'),
    )
  })

  it('is a table of Pods with -o wide', () => {
    expect(podTable([owned, bare], [blocked])).toBe(
      [
        'NAMESPACE  POD              WORKLOAD        PROFILES        RESULT   WHY',
        'bank       web-6d4f7-x2k9p  deployment/web  agent,log-tail  Missed   runs without what it asked for: agent, log-tail',
        'bank       cart             pod/cart        agnet           Denied   would be denied now: [31m- one - two',
        'bank       -                job/load        -               Blocked  denied',
        '',
      ].join('\n'),
    )
  })

  it('has lines that are not longer than necessary', () => {
    const long = { ...bare, message: 'x'.repeat(5_000) }
    for (const table of [podTable([long], []), workloadTable(workloadsIn([long], []))])
      expect(table.split('\n')[1]?.length).toBeLessThan(220)
  })

  it('is JSON for programs, with the whole message', () => {
    expect(workloadsIn([owned], []).map(workloadJson)).toEqual([
      {
        namespace: 'bank',
        kind: 'Deployment',
        name: 'web',
        workload: 'deployment/web',
        result: 'Missed',
        profiles: ['agent', 'log-tail'],
        why: owned.message,
        fix: 'kubectl rollout restart deployment/web -n bank',
        pods: ['web-6d4f7-x2k9p'],
      },
    ])
  })
})
