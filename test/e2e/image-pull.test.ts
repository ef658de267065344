import { describe, expect, inject, it } from 'vitest'
import { apiAt } from '../../src/cluster/api/api.ts'
import { contextAccess } from '../../src/cluster/api/kubeconfig.ts'
import { imagePulls, type WantedPull } from '../../src/cluster/rollout/image-pulls.ts'
import { type ImagePull, pullName, pullPod } from '../../src/cluster/rollout/pull-pod.ts'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'

describe('an image that a node pulls before a Pod needs it', () => {
  const kubectl = useNamespace('image-pull', podSecurity('restricted'))
  const api = apiAt(contextAccess({ kubeconfig: inject('kubeconfig') }))
  const { signal } = new AbortController()
  const start = () => imagePulls(api, { namespace: 'image-pull', signal })
  const podNames = async () => (await kubectl(['get', 'pods', '-o=name'])).split('\n').filter(Boolean)

  async function pullOf(image: string, policy = 'IfNotPresent'): Promise<ImagePull> {
    const node = await kubectl(['get', 'nodes', '-o=jsonpath={.items[-1:].metadata.name}'])
    return { namespace: 'image-pull', node, image, policy, secrets: [] }
  }

  /** Looks until the pull is no longer under way. */
  async function result(pulls: ReturnType<typeof start>, pull: ImagePull): Promise<WantedPull> {
    let last: WantedPull | undefined
    await until(`${pull.image} is pulled or not`, 60_000, async () => {
      last = (await pulls.look([pull], () => true)).get(pullName(pull))
      return last !== undefined && last.state !== 'pulling'
    })
    return last as WantedPull
  }

  it('is there: the Pod runs nothing, meets Pod Security restricted, and is removed', async () => {
    const pulls = start()
    const pull = await pullOf('busybox:1.37')
    expect(await result(pulls, pull)).toMatchObject({ state: 'pulled' })
    expect(await podNames()).toEqual([])
    // Known now: no Pod is created again.
    expect((await pulls.look([pull], () => true)).get(pullName(pull))).toMatchObject({ state: 'pulled' })
    expect(await podNames()).toEqual([])
  })

  it('is not there: the answer of the kubelet says why, and the Pod goes when nobody wants it', async () => {
    const pulls = start()
    const absent = await result(pulls, await pullOf('busybox:0.0.0-absent'))
    expect(absent).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('busybox:0.0.0-absent'),
    })
    expect(['ErrImagePull', 'ImagePullBackOff']).toContain('reason' in absent && absent.reason)
    expect(await podNames()).toHaveLength(1)
    await pulls.look([], () => true)
    expect(await podNames()).toEqual([])
  })

  it('may not be pulled: with imagePullPolicy Never the node has it or has not', async () => {
    expect(await result(start(), await pullOf('busybox:1.37', 'Never'))).toMatchObject({ state: 'pulled' })
    const absent = await result(start(), await pullOf('busybox:0.0.0-absent', 'Never'))
    expect(absent).toMatchObject({ state: 'failed', reason: 'ErrImageNeverPull', isFinal: true })
    await start().look([], () => true)
  })

  it('was wanted by a leader that is gone: the next one goes on with its Pod, or deletes it', async () => {
    const [wanted, other] = [await pullOf('busybox:1.37'), await pullOf('busybox:0.0.0-left')]
    for (const pull of [wanted, other])
      await kubectl(['create', '-f=-'], { stdin: JSON.stringify(pullPod(pull)) })
    const pulls = start()
    const first = await pulls.look([wanted], () => false)
    expect(first.has(pullName(wanted))).toBe(true)
    expect(await podNames()).toHaveLength(2)
    expect(await result(pulls, wanted)).toMatchObject({ state: 'pulled' })
    expect(await podNames()).toEqual([])
  })
})
