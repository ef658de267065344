import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { useNamespace } from './namespace.ts'
import { busyboxPod } from './pod.ts'
import { sidecarProfile } from './profile.ts'
import { askReplica, replicas } from './replicas.ts'

describe('an edit of a profile', () => {
  const kubectl = useNamespace('latency')
  const profile = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles/edited'
  const pod = busyboxPod('asking', { 'pillion.dev/inject': 'edited' })
  let proxy: ApiProxy

  beforeAll(async () => {
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('edited', { args: ['edit-0'] }) })
    proxy = await startApiProxy(inject('kubeconfig'))
  })
  afterAll(async () => {
    proxy.stop()
    await kubectl(['delete', 'csp', 'edited', '--ignore-not-found'])
  })

  it('is in force in less than a second on every replica, and so is its deletion', async () => {
    const names = await replicas(kubectl)
    expect(names.length).toBeGreaterThan(1)
    await Promise.all(names.map(name => answers(name, 'edit-0')))
    const tookMs: number[] = []
    for (let edit = 1; edit <= 5; edit++) {
      const spec = (JSON.parse(sidecarProfile('edited', { args: [`edit-${edit}`] })) as { spec: object }).spec
      tookMs.push(
        ...(await timed(names, `edit-${edit}`, () =>
          proxy.request('PATCH', profile, { spec }, 'application/merge-patch+json'),
        )),
      )
    }
    tookMs.push(...(await timed(names, 'UnknownProfile', () => proxy.request('DELETE', profile))))
    const longest = Math.round(Math.max(...tookMs))
    process.stderr.write(
      `${tookMs.length} times a change was in force on a replica, after ${longest} ms at most\n`,
    )
    expect(longest).toBeLessThan(1_000)
  })

  /** From before the change is sent to when each replica first answers by it, in ms. */
  async function timed(
    names: readonly string[],
    answer: string,
    change: () => Promise<{ readonly status: number }>,
  ): Promise<number[]> {
    const startMs = performance.now()
    const [{ status }, ...ends] = await Promise.all([
      change(),
      ...names.map(async name => {
        await answers(name, answer)
        return performance.now()
      }),
    ])
    expect(status).toBe(200)
    return ends.map(endMs => endMs - startMs)
  }

  async function answers(replica: string, what: string): Promise<void> {
    const isSo = async () => (await askReplica(proxy, replica, 'latency', pod)).includes(what)
    await until(`${replica} answers with ${what}`, 10_000, isSo, 5)
  }
})
