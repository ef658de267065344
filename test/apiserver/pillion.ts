import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueCertificate } from '../../src/server/certificate-authority.ts'
import { createLog } from '../../src/server/log.ts'
import { start } from '../../src/server/main.ts'
import { readOptions } from '../../src/server/options.ts'

/** The real server with the catalog, for an API server on the same machine. */
export interface Pillion {
  readonly port: number
  readonly ca: string
  /** All calls of the webhook so far, by `outcome/reason`. */
  calls(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

export async function startPillion(): Promise<Pillion> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-'))
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const [tlsCert, tlsKey] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  await Promise.all([writeFile(tlsCert, cert), writeFile(tlsKey, key)])
  const flags = { tlsCert, tlsKey, host: '127.0.0.1', port: '0', metricsPort: '0', drainDelayMs: '0' }
  const read = readOptions(flags, {})
  if ('problems' in read) throw new Error(read.problems.join('\n'))
  const running = await start(read.options, {}, createLog('silent', { write: () => {} }))
  if ('problems' in running) throw new Error(running.problems.join('\n'))
  return {
    port: running.port,
    ca,
    calls: () => requests(running.metricsPort),
    async stop() {
      await running.stop()
      await rm(directory, { recursive: true })
    },
  }
}

async function requests(metricsPort: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const series = text.matchAll(/^pillion_admission_requests_total\{outcome="(\w+)",reason="(\w+)"\} (\d+)$/gm)
  return new Map([...series].map(([, outcome, reason, count]) => [`${outcome}/${reason}`, Number(count)]))
}
