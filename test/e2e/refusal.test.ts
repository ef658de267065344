import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { useNamespace } from './namespace.ts'
import { busyboxDeployment, busyboxPod } from './pod.ts'

describe('a profile that does not exist', () => {
  const kubectl = useNamespace('refusal')
  const annotations = { 'pillion.dev/inject': 'log-tial' }
  const explanation = /"?log-tial"?.*did you mean "?log-tail"?\?/

  it('is refused, and kubectl says why and what was meant', async () => {
    const { code, stderr } = await kubectl.attempt(['apply', '-f=-'], {
      stdin: busyboxPod('typo', annotations),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('admission webhook "pod.inject.pillion.dev" denied the request')
    expect(stderr).toMatch(explanation)
    expect((await kubectl.attempt(['get', 'pod', 'typo'])).stderr).toContain('not found')
  })

  it('shows as an event where a ReplicaSet makes the Pods', async () => {
    for (const flags of [['--dry-run=server'], []]) {
      const stdin = busyboxDeployment('typo', annotations)
      const { code, stderr } = await kubectl.attempt(['apply', '-f=-', ...flags], { stdin })
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(
          /^Warning: the Pods of this Deployment would be denied: UnknownProfile: .* did you mean "log-tail"\?/,
        ),
      })
    }
    await until('the event is there', 30_000, async () => {
      const events = await kubectl([
        'get',
        'events',
        '--field-selector=involvedObject.kind=ReplicaSet,reason=FailedCreate',
        '-o=jsonpath={.items[*].message}',
      ])
      return explanation.test(events)
    })
  })
})
