import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { type Attack, attacks, oneOfMany, takings } from './hostile-user.ts'
import { type Loaded, startLoad } from './load.ts'
import { useNamespace } from './namespace.ts'

const user = 'system:serviceaccount:hostile:mallory'
const attackMs = 4_000

/** Two replicas at the chart's memory limit, Pods of others that are created all the while, and one user who means no good. */
describe('a user with the role edit in one namespace', () => {
  const kubectl = useNamespace('hostile', { labels: { 'pillion.dev/inject': 'enabled' } })
  useNamespace('others')
  let mallory: ApiProxy
  let quiet: Loaded

  beforeAll(async () => {
    await kubectl(['create', 'serviceaccount', 'mallory'])
    await kubectl([
      'create',
      'rolebinding',
      'mallory',
      '--clusterrole=edit',
      '--serviceaccount=hostile:mallory',
    ])
    mallory = await startApiProxy(inject('kubeconfig'), user)
    quiet = await loadDuring(() => pause(3 * attackMs))
  })
  afterAll(async () => {
    // At once: one by one a thousand take minutes.
    await mallory.request('DELETE', '/apis/pillion.dev/v1alpha1/namespaces/hostile/sidecarprofiles')
    mallory.stop()
  }, 300_000)

  it.each(attacks)('$what: no replica restarts, no Pod of others is missed or refused', async attack => {
    const before = await restarts()
    const answered: number[] = []
    const loaded = await loadDuring(async () => {
      for (const end = Date.now() + attackMs; Date.now() < end; ) answered.push(...(await attackWith(attack)))
    })
    expect(answered.every(status => status < 500 || status === 504)).toBe(true)
    expect(await restarts()).toEqual(before)
    expect(loaded.missed).toEqual([])
    say(attack.what, loaded)
  })

  it('a thousand profiles: no replica restarts, no Pod of others is missed or refused', async () => {
    const before = await restarts()
    const profiles = Array.from({ length: 1_000 }, (_, i) => oneOfMany(i))
    const loaded = await loadDuring(async () => {
      const waiting = [...profiles]
      const sendAll = async () => {
        for (let profile = waiting.pop(); profile; profile = waiting.pop())
          await send('sidecarprofiles', profile)
      }
      await Promise.all(Array.from({ length: 8 }, sendAll))
      await Promise.all([0, 1, 2, 3].map(() => ask('hostile-1,hostile-2,hostile-3,hostile-5')))
    })
    expect(await restarts()).toEqual(before)
    expect(loaded.missed).toEqual([])
    say('a thousand profiles', loaded)
  }, 600_000)

  it.each(takings)('$what is not to be had by a profile', async ({ object, path }) => {
    await deleteProfile()
    const { status, text } = await send(path, object)
    expect(status, text).toBe(422)
    expect(text).toContain('baseline')
  })

  /** What became of the Pods of others meanwhile. */
  async function loadDuring(action: () => Promise<unknown>): Promise<Loaded> {
    const load = await startLoad(inject('kubeconfig'), 'others', 2)
    await action().catch(async (error: unknown) => {
      await load.stop()
      throw error
    })
    return load.stop()
  }

  async function attackWith({ path, object, isAskedFor }: Attack): Promise<readonly number[]> {
    await deleteProfile()
    const first = await send(path, object)
    const again = isAskedFor
      ? await Promise.all(Array.from({ length: 9 }, () => ask('hostile')))
      : await Promise.all([1, 2, 3].map(() => send(`${path}?dryRun=All`, object)))
    // Stored, it is met by the sweep and by a replica that starts.
    return [first, ...again].map(({ status }) => status)
  }

  function deleteProfile() {
    return mallory.request('DELETE', '/apis/pillion.dev/v1alpha1/namespaces/hostile/sidecarprofiles/hostile')
  }

  function ask(names: string) {
    const metadata = { generateName: 'asking-', annotations: { 'pillion.dev/inject': names } }
    const spec = { containers: [{ name: 'app', image: 'busybox:1.37' }] }
    return send('pods?dryRun=All', { apiVersion: 'v1', kind: 'Pod', metadata, spec })
  }

  function send(path: string, object: JsonObject) {
    const group = path.startsWith('pods') ? 'api/v1' : 'apis/pillion.dev/v1alpha1'
    return mallory.request('POST', `/${group}/namespaces/hostile/${path}`, object)
  }

  async function restarts(): Promise<Record<string, number>> {
    const list = await kubectl.in('pillion')([
      'get',
      'pods',
      '-l=app.kubernetes.io/component=server',
      '-o=json',
    ])
    const { items } = JSON.parse(list) as {
      items: readonly {
        metadata: { name: string }
        status: { containerStatuses?: readonly { restartCount: number }[] }
      }[]
    }
    return Object.fromEntries(
      items.map(({ metadata, status }) => [metadata.name, status.containerStatuses?.[0]?.restartCount ?? 0]),
    )
  }

  function say(what: string, { created, tookMs }: Loaded): void {
    const p99 = (times: readonly number[]) => Math.round(times[Math.floor(times.length * 0.99)] ?? 0)
    process.stderr.write(
      `hostile user: ${what}: ${created} Pods of others, p99 ${p99(tookMs)} ms (quiet ${p99(quiet.tookMs)} ms)\n`,
    )
  }
})

/** How long the quiet value is measured: there is nothing to wait for. */
function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
