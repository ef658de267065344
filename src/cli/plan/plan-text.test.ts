import { describe, expect, it } from 'vitest'
import { planTable, planText } from './plan-text.ts'
import type { PlannedPod } from './planned-pods.ts'

const web: PlannedPod = {
  namespace: 'shop',
  name: 'web-1',
  workload: 'deployment/web',
  from: '3f2a91c0de',
  kind: 'images',
  outcome: 'inPlace',
  fields: ['initContainers[logging].image'],
}
const bare: PlannedPod = {
  ...web,
  name: 'bare',
  workload: 'pod/bare',
  kind: 'recreate',
  outcome: 'byHand',
  fields: ['containers[app].env[LOGS]'],
  because: 'containers[app].env[LOGS]: Kubernetes does not allow this change in a Pod that runs',
}
const pods = [
  bare,
  web,
  { ...web, name: 'web-2' },
  { ...web, name: 'web-3', kind: 'none', outcome: 'unchanged' } as const,
]

describe('a plan', () => {
  it('is a sentence, with the reasons', () => {
    expect(planText(pods)).toBe(
      [
        '4 Pods of 2 workloads: 2 images in place, 1 by hand, 1 unchanged',
        '  1 Pod by hand: containers[app].env[LOGS]: Kubernetes does not allow this change in a Pod that runs',
        '',
      ].join('\n'),
    )
  })

  it('says that there are no Pods', () => {
    expect(planText([])).toBe('no Pod that runs has the profile\n')
  })

  it('names the reasons of many Pods once, and not all of many reasons', () => {
    const same = Array.from({ length: 9 }, (_, i) => ({ ...bare, name: `bare-${i}` }))
    expect(planText(same).split('\n')[1]).toMatch(/^ {2}9 Pods by hand: /)
    const different = same.map((pod, i) => ({ ...pod, because: `reason ${i}` }))
    expect(planText(different).trimEnd().split('\n').at(-1)).toBe('  and 4 more reasons: -o wide')
  })

  it('is a table of workloads, without control characters', () => {
    const table = planTable([...pods.slice(1), { ...bare, because: '\u001b[2Jcleared' }])
    expect(table).toBe(
      [
        'NAMESPACE  WORKLOAD        PODS  REVISION    WHAT             CHANGED                        WHY',
        'shop       deployment/web  1     3f2a91c0de  unchanged        initContainers[logging].image  -',
        'shop       deployment/web  2     3f2a91c0de  images in place  initContainers[logging].image  -',
        'shop       pod/bare        1     3f2a91c0de  by hand          containers[app].env[LOGS]      [2Jcleared',
        '',
      ].join('\n'),
    )
  })
})
