import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { example } from './example.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('wait-for', () => {
  const kubectl = useNamespace('catalog-wait-for', podSecurity('restricted'))
  const logged = (pod: string) => kubectl(['logs', pod, '-c=wait-for'])
  const has = (pod: string, path: string) => kubectl(['get', 'pod', pod, `-o=jsonpath={.status.${path}}`])

  it('starts the app when the last of its targets answers', async () => {
    const { pod: shop, others: store } = example('wait-for')
    await kubectl(['create', '-f=-'], { stdin: shop })
    await until('it waits', 60_000, async () =>
      (await kubectl.attempt(['logs', 'shop', '-c=wait-for'])).stdout.includes('waiting for store:6379'),
    )
    expect(await has('shop', 'containerStatuses[0].state.waiting.reason')).toBe('PodInitializing')
    await kubectl(['create', '-f=-'], { stdin: store })
    await kubectl(['wait', '--for=condition=Ready', 'pod/shop', '--timeout=90s'])
    expect((await logged('shop')).trim().split('\n')).toEqual([
      'waiting for store:6379',
      'store:6379 answers',
      'waiting for store:6380',
      'store:6380 answers',
    ])
    const started = await has('shop', 'containerStatuses[0].state.running.startedAt')
    const done = await has('shop', 'initContainerStatuses[0].state.terminated.finishedAt')
    expect(Date.parse(started)).toBeGreaterThanOrEqual(Date.parse(done))
    proven('wait-for', `the app started at ${started}, when both ports answered (${done})`)
  })

  it.each([
    { pod: 'refused', target: '127.0.0.1:9', why: 'refused' },
    { pod: 'unknown', target: 'nowhere.invalid:80', why: 'nowhere.invalid' },
    { pod: 'version6', target: '[::1]:9', why: 'refused' },
  ])(
    'gives up on $target at its deadline, and says so where kubectl describe shows it',
    async ({ pod, target, why }) => {
      const annotations = {
        'pillion.dev/inject': 'wait-for',
        'pillion.dev/wait-for.targets': target,
        'pillion.dev/wait-for.deadline': '2',
      }
      await kubectl(['create', '-f=-'], {
        stdin: restrictedPod(pod, annotations, { spec: { restartPolicy: 'Never' } }),
      })
      await kubectl(['wait', '--for=jsonpath={.status.phase}=Failed', `pod/${pod}`, '--timeout=60s'])
      const message = await has(pod, 'initContainerStatuses[0].state.terminated.message')
      expect(message).toContain(`gave up after 2 s: ${target} does not answer`)
      expect(message).toContain(why)
      expect(await has(pod, 'containerStatuses[0].state.running')).toBe('')
      proven('wait-for', message.trim().split('\n').at(-1) ?? '')
    },
  )
})
