import { describe, expect, it, vi } from 'vitest'
import { type Connection, lookAround } from './environment.ts'
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
    followNamespaces: vi.fn(() => ({ find: () => shop, isComplete: () => isComplete })),
  }
  const connect = vi.fn(async () => connection)
  const { signal } = new AbortController()
  const log = createLog('silent', { write: () => {} })
  const around = await lookAround(optionsWith(given), { environment, connect, log, signal })
  const list = () => {
    isComplete = true
  }
  return { ...around, connect, connection, list }
}

describe('lookAround', () => {
  it.each<{
    where: string
    given: Record<string, string>
    environment: Record<string, string>
    version: string
    asks: boolean
    follows: boolean
  }>([
    { where: 'in no cluster', given: {}, environment: {}, version: '1.34', asks: false, follows: false },
    { where: 'in a cluster', given: {}, environment: inCluster, version: '1.31', asks: true, follows: true },
    {
      where: 'in a cluster whose version is given',
      given: { kubernetesVersion: '1.29' },
      environment: inCluster,
      version: '1.29',
      asks: false,
      follows: true,
    },
    {
      where: 'in a cluster whose namespaces do not matter',
      given: { watchNamespaces: 'false' },
      environment: inCluster,
      version: '1.31',
      asks: true,
      follows: false,
    },
    {
      where: 'in a cluster that is left alone',
      given: { watchNamespaces: 'false', kubernetesVersion: '1.29' },
      environment: inCluster,
      version: '1.29',
      asks: false,
      follows: false,
    },
    {
      where: 'outside of the cluster that it follows',
      given: { watchNamespaces: 'true' },
      environment: {},
      version: '1.31',
      asks: true,
      follows: true,
    },
  ])(
    '$where takes version $version, asks: $asks, follows: $follows',
    async ({ given, environment, ...then }) => {
      const { cluster, namespaceOf, connection, connect } = await look(given, environment)
      expect(cluster.kubernetesVersion).toBe(then.version)
      expect(connect).toHaveBeenCalledTimes(then.asks || then.follows ? 1 : 0)
      expect(connection.version).toHaveBeenCalledTimes(then.asks ? 1 : 0)
      expect(connection.followNamespaces).toHaveBeenCalledTimes(then.follows ? 1 : 0)
      expect(namespaceOf('shop').labels).toEqual(then.follows ? { team: 'shop' } : {})
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
    const { cluster } = await look({ excludedNamespaces: 'kube-system' }, { PILLION_NAMESPACE: 'pillion' })
    expect(cluster.excludedNamespaces).toEqual(new Set(['kube-system', 'pillion']))
  })
})
