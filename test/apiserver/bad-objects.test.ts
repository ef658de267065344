import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { createLog } from '../../src/server/log.ts'
import { start } from '../../src/server/main.ts'
import { readOptions } from '../../src/server/options.ts'
import { probe, temporaryDirectory } from '../../src/server/server.fixture.ts'
import { kubeconfigText } from '../process/kubeconfig.ts'
import { freePort } from '../process/server.ts'
import type { ApiServer } from './apiserver.ts'
import { installCustomResources } from './custom-resources.ts'
import { drop, startProxy } from './proxy.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'
import { inItsCluster, startWholeReplica as startReplica } from './whole-replica.ts'

const group = '/apis/pillion.dev/v1alpha1'
const profilesOf = (namespace: string) => `${group}/namespaces/${namespace}/sidecarprofiles`

/** As deep as said; a nested API server object may have 10,000 levels. */
function nested(levels: number): JsonObject {
  const text = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  return JSON.parse(text)
}

const image = (name: string) => ({ containers: [{ name: 'agent', image: name }] })
const deep = (levels: number) => ({
  containers: [{ name: 'agent', image: 'agent:1', env: [{ name: 'DEEP', json: nested(levels) }] }],
})

async function create(server: ApiServer, namespace: string, name: string, spec: JsonObject): Promise<void> {
  const body = { apiVersion: 'pillion.dev/v1alpha1', kind: 'SidecarProfile', metadata: { name }, spec }
  const { status } = await server.request('POST', profilesOf(namespace), body)
  expect(status).toBe(201)
}

async function acceptedOf(server: ApiServer, namespace: string, name: string) {
  const { body } = await server.request<{
    status?: { conditions?: { type: string; status: string; reason: string }[] }
  }>('GET', `${profilesOf(namespace)}/${name}`)
  return body.status?.conditions?.find(({ type }) => type === 'Accepted')
}

describeWithApiServer('a replica before its cluster has the CustomResourceDefinitions', server => {
  inItsCluster(server)

  it('is not ready, says why, and decides about no Pod; then it is, and does', async () => {
    const replica = await startReplica()
    await until('it says why', 20_000, async () => JSON.stringify(await replica.readiness()).includes('404'))
    const { status, body } = await replica.readiness()
    expect(status).toBe(503)
    expect(body['reasons']).toEqual([
      expect.stringMatching(/^the (Cluster)?SidecarProfiles are not listed yet: 404: /),
    ])
    expect(await replica.ask('kube-public', 'agent')).toMatchObject({
      status: 503,
      message: expect.stringMatching(/^this replica cannot decide yet: the .* are not listed yet: 404: /),
    })
    await installCustomResources(server())
    await until('it is ready', 60_000, async () => (await replica.readiness()).status === 200)
    // Now the API server has said that there are none.
    expect(await replica.ask('kube-public', 'agent')).toMatchObject({ status: 200, reason: 'UnknownProfile' })
  })
})

describeWithApiServer('a replica among bad profiles', server => {
  inItsCluster(server)

  beforeAll(async () => {
    await installCustomResources(server())
    for (const name of ['attacker', 'victim', 'crowd']) await server().createNamespace(name)
    await create(server(), 'victim', 'side', image('agent:1'))
  })

  it('waits for an API server that does not answer, alive and not ready, and then makes its certificate', async () => {
    const proxy = await startProxy(server())
    onTestFinished(() => proxy.stop())
    proxy.misbehave(drop)
    await useKubeconfig({ server: (await proxy.access()).server, token: server().token })
    const metricsPort = await freePort()
    const ports = { host: '127.0.0.1', port: '0', metricsPort: String(metricsPort), drainDelayMs: '0' }
    const read = readOptions({ cluster: 'true', namespace: 'default', ...ports }, {})
    if ('problems' in read) throw new Error(read.problems.join('\n'))
    const starting = start(read.options, {}, createLog('silent', { write: () => {} }))
    const answers = async (path: '/healthz' | '/readyz', status: number) =>
      (await probe({ metricsPort }, path).catch(() => undefined))?.status === status
    await until('it is not ready', 20_000, () => answers('/readyz', 503))
    await until('it has asked several times', 20_000, async () => proxy.requests.length > 10)
    expect(await answers('/healthz', 200)).toBe(true)
    proxy.behave()
    const running = await starting
    if ('problems' in running) throw new Error(running.problems.join('\n'))
    onTestFinished(() => running.stop())
    await until('it is ready', 60_000, () => answers('/readyz', 200))
    const { status } = await server().request('GET', '/api/v1/namespaces/default/secrets/pillion-tls')
    expect(status).toBe(200)
  })

  it('starts with all profiles but one that is nested too deeply, of which it says so', async () => {
    await create(server(), 'attacker', 'deep', deep(2_700))
    const replica = await startReplica()
    await replica.ready()
    expect(await replica.ask('victim', 'side')).toMatchObject({ status: 200, outcome: 'injected' })
    expect(await replica.ask('attacker', 'deep')).toMatchObject({ status: 200, outcome: 'denied' })
    // Until there is a leader, it may be Pending.
    await until(
      'its status says so',
      20_000,
      async () => (await acceptedOf(server(), 'attacker', 'deep'))?.reason === 'Invalid',
    )
    expect(await acceptedOf(server(), 'attacker', 'deep')).toMatchObject({ status: 'False' })

    // Another one that meets it while it runs.
    await create(server(), 'attacker', 'deeper', deep(3_100))
    await create(server(), 'victim', 'later', image('agent:2'))
    const isLaterKnown = async () => (await replica.ask('victim', 'later')).outcome === 'injected'
    await until('profiles that come later are known', 20_000, isLaterKnown)
    for (const name of ['deep', 'deeper'])
      await server().request('DELETE', `${profilesOf('attacker')}/${name}`)
    await create(server(), 'attacker', 'deep', image('agent:3'))
    const isHealed = async () => (await replica.ask('attacker', 'deep')).outcome === 'injected'
    await until('it is known when it is well again', 20_000, isHealed)
    expect(await replica.ask('victim', 'side')).toMatchObject({ outcome: 'injected' })
  })

  it('uses the oldest profiles of a namespace that has too many, and says so on the others', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(server(), 'crowd', name, image('agent:1'))
    const replica = await startReplica({ profilesPerNamespace: '2' })
    await replica.ready()
    const outcomes = async () => {
      const names = ['a', 'b', 'c', 'd']
      return Promise.all(names.map(async name => (await replica.ask('crowd', name)).outcome))
    }
    // Created within a second or two: the names decide, or the times do, and both say the same.
    expect(await outcomes()).toEqual(['injected', 'injected', 'denied', 'denied'])
    expect(await replica.ask('victim', 'side')).toMatchObject({ outcome: 'injected' })
    await until('the status says so', 20_000, async () => {
      const reasons = await Promise.all(['a', 'b', 'c', 'd'].map(name => acceptedOf(server(), 'crowd', name)))
      return (
        reasons.map(condition => condition?.reason).join() ===
        'Accepted,Accepted,TooManyProfiles,TooManyProfiles'
      )
    })
    await server().request('DELETE', `${profilesOf('crowd')}/a`)
    await until('the next one takes its place', 20_000, async () => (await outcomes())[2] === 'injected')
    expect((await outcomes())[3]).toBe('denied')
  })

  it('says no word of an object that it could not handle in its log', async () => {
    await create(server(), 'attacker', 'secretive', deep(2_900))
    const replica = await startReplica()
    await replica.ready()
    expect(replica.lines.join('')).not.toContain('"a":{"a"')
    const counted = /^pillion_object_problems_total\{kind="SidecarProfile"\} (\d+)$/m.exec(
      await replica.metrics(),
    )
    const logged = replica.lines.filter(line => line.includes('attacker/secretive')).length
    // Limits may refuse it before anything is thrown; then it is a problem of the profile and no bug.
    expect(counted?.[1] === '0' || logged > 0).toBe(true)
  })
})

describe('a replica that starts while the API server is down', () => {
  it('lives, is not ready, says why, and decides about no Pod', async () => {
    await useKubeconfig({ server: 'https://127.0.0.1:1', token: 'none' })
    const replica = await startReplica()
    const { status, body } = await replica.readiness()
    expect(status).toBe(503)
    expect(body['reasons']).toEqual([
      expect.stringMatching(/^the version of the API server is not known yet: \/version: .*ECONNREFUSED/),
    ])
    expect(await replica.ask('kube-public', 'agent')).toMatchObject({ status: 503 })
  })
})

/** Makes it the kubeconfig until the test ends. */
async function useKubeconfig(wishes: Parameters<typeof kubeconfigText>[0]): Promise<void> {
  const before = process.env['KUBECONFIG']
  onTestFinished(() => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
  })
  const file = `${await temporaryDirectory()}/kubeconfig`
  await writeFile(file, kubeconfigText(wishes))
  process.env['KUBECONFIG'] = file
}
