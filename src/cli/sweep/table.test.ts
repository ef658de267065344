import { describe, expect, it } from 'vitest'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { sweepJson, sweepTable } from './table.ts'

const bare: FoundPod = {
  kind: 'Denied',
  message: 'would be refused now: \u001b[31m- one\n- two',
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
}

describe('the Pods that a sweep finds', () => {
  it('stand in a table, each on one line, with nothing that a terminal obeys', () => {
    expect(sweepTable([owned, bare])).toBe(
      [
        'NAMESPACE  POD              CONTROLLER            PROFILES        REASON  MESSAGE',
        'bank       web-6d4f7-x2k9p  ReplicaSet/web-6d4f7  agent,log-tail  Missed  runs without what it asked for: agent, log-tail',
        'bank       cart             -                     agnet           Denied  would be refused now: [31m- one - two',
        '',
      ].join('\n'),
    )
  })

  it('do not make a line longer than it must be', () => {
    const [, line = ''] = sweepTable([{ ...bare, message: 'x'.repeat(5_000) }]).split('\n')
    expect(line.length).toBeLessThan(200)
  })

  it('come as JSON for programs, with all of the message', () => {
    expect([owned, bare].map(sweepJson)).toEqual([
      {
        namespace: 'bank',
        pod: 'web-6d4f7-x2k9p',
        controller: 'ReplicaSet/web-6d4f7',
        profiles: ['agent', 'log-tail'],
        reason: 'Missed',
        message: owned.message,
      },
      {
        namespace: 'bank',
        pod: 'cart',
        controller: null,
        profiles: ['agnet'],
        reason: 'Denied',
        message: bare.message,
      },
    ])
  })
})
