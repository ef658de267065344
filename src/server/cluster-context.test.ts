import { describe, expect, it, vi } from 'vitest'
import { type Connection, detectCluster } from './cluster-context.ts'
import { createLog } from './log.ts'
import { type Options, readOptions } from './options.ts'

const inCluster = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }

function optionsWith(given: Record<string, string>): Options {
  const read = readOptions({ tlsCert: 'tls.crt', tlsKey: 'tls.key', ...given }, {})
  if ('problems' in read) throw new Error(read.problems.join())
  return read.options
}

/** Looks around with these options and variables, in a cluster of version 1.31 with one namespace. */
async function look(given: Record<string, string>, environment: Record<string, string>) {
  let isComplete = false
  const shop = { name: 'shop', labels: { team: 'shop' }, annotations: {} }
  const connection: Connection = {
    version: vi.fn(async () => '1.31'),
    watchNamespaces: vi.fn(() => ({
      find: () => shop,
      all: () => [shop],
      isComplete: () => isComplete,
      problem: () => undefined,
      ageMs: () => 7,
    })),
  }
  const connect = vi.fn(async () => connection)
  const failed = vi.fn()
  const log = createLog('silent', { write: () => {} })
  const around = await detectCluster(optionsWith(given), { environment, connect, log, failed })
  const list = () => {
    isComplete = true
  }
  return { ...around, connect, connection, list }
}

describe('detectCluster', () => {
  it('goes on without an answer of the API server, is not ready, and says why, until there is one', async () => {
    const { promise: version, resolve } = Promise.withResolvers<string>()
    const connection: Connection = {
      version({ failed }) {
        failed('/version: connect ECONNREFUSED 10.96.0.1:443')
        return version
      },
      watchNamespaces: () => ({
        find: name => ({ name, labels: {}, annotations: {} }),
        all: () => [],
        isComplete: () => true,
        problem: () => undefined,
        ageMs: () => 0,
      }),
    }
    const failed = vi.fn()
    const log = createLog('silent', { write: () => {} })
    const looking = { environment: inCluster, connect: async () => connection, log, failed }
    const around = await detectCluster(optionsWith({}), looking)
    expect(around.readiness()).toBe(
      'the version of the API server is not known yet: /version: connect ECONNREFUSED 10.96.0.1:443',
    )
    expect(failed).toHaveBeenCalledOnce()
    resolve('1.30')
    await vi.waitFor(() => expect(around.readiness()).toBeUndefined(), 20_000)
    expect(around.cluster.kubernetesVersion).toBe('1.30')
  })

  it.each<{
    where: string
    given: Record<string, string>
    environment: Record<string, string>
    version: string
    connects: boolean
    asks: boolean
  }>([
    {
      where: 'outside of a cluster',
      given: {},
      environment: {},
      version: '1.34',
      connects: false,
      asks: false,
    },
    { where: 'in a cluster', given: {}, environment: inCluster, version: '1.31', connects: true, asks: true },
    {
      where: 'in a cluster whose version is given',
      given: { kubernetesVersion: '1.29' },
      environment: inCluster,
      version: '1.29',
      connects: true,
      asks: false,
    },
    {
      where: 'in a cluster that is left alone',
      given: { cluster: 'false' },
      environment: inCluster,
      version: '1.34',
      connects: false,
      asks: false,
    },
    {
      where: 'outside of the cluster that it uses',
      given: { cluster: 'true' },
      environment: {},
      version: '1.31',
      connects: true,
      asks: true,
    },
  ])(
    '$where takes version $version, connects: $connects, asks: $asks',
    async ({ given, environment, ...then }) => {
      const { cluster, namespaceOf, connection, connect, ...around } = await look(given, environment)
      expect(cluster.kubernetesVersion).toBe(then.version)
      expect(connect).toHaveBeenCalledTimes(then.connects ? 1 : 0)
      expect(connection.version).toHaveBeenCalledTimes(then.asks ? 1 : 0)
      expect(namespaceOf('shop').labels).toEqual(then.connects ? { team: 'shop' } : {})
      expect(around.namespacesAgeMs?.()).toBe(then.connects ? 7 : undefined)
    },
  )

  it('is ready once the namespaces are listed', async () => {
    const { readiness, list } = await look({}, inCluster)
    expect(readiness()).toBe('the namespaces are not listed yet')
    list()
    expect(readiness()).toBeUndefined()
  })

  it('is ready at once where no namespaces are followed', async () => {
    expect((await look({}, {})).readiness()).toBeUndefined()
  })

  it('excludes its own namespace, besides those it is told to', async () => {
    const { cluster, namespace } = await look({ excludedNamespaces: 'kube-system', namespace: 'pillion' }, {})
    expect(cluster.excludedNamespaces).toEqual(new Set(['kube-system', 'pillion']))
    expect(namespace).toBe('pillion')
  })
})
