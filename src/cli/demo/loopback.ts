import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../server/log.ts'
import { type NotStarted, type Running, start } from '../../server/main.ts'
import { readOptions } from '../../server/options.ts'

/** A server on free ports of loopback. */
export interface Loopback extends Running {
  /** The CA that clients must trust, in PEM. */
  readonly ca: string
}

/**
 * Starts the real server for clients on this machine: without a log, without a cluster, with a new certificate. Its
 * files are removed when it stops.
 */
export async function startOnLoopback(
  more: { readonly profiles?: string; readonly kubernetesVersion?: string } = {},
): Promise<Loopback | NotStarted> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-'))
  const remove = () => rm(directory, { recursive: true })
  const { issueCertificate } = await import('../../cluster/certificate/certificate-authority.ts')
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const [tlsCert, tlsKey] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  await Promise.all([writeFile(tlsCert, cert), writeFile(tlsKey, key, { mode: 0o600 })])
  const flags = { tlsCert, tlsKey, host: '127.0.0.1', port: '0', metricsPort: '0', drainDelayMs: '0' }
  const read = readOptions({ ...flags, cluster: 'false', ...more }, {})
  const running =
    'problems' in read ? read : await start(read.options, {}, createLog('silent', { write: () => {} }))
  if ('problems' in running) {
    await remove()
    return running
  }
  return {
    ...running,
    ca,
    async stop() {
      await running.stop()
      await remove()
    },
  }
}
