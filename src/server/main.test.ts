import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { kubeconfigText } from '../../test/process/kubeconfig.ts'
import { freePort } from '../../test/process/server.ts'
import { createLog } from './log.ts'
import { start } from './main.ts'
import { readOptions } from './options.ts'
import {
  asking,
  call,
  eventually,
  issueForLoopback,
  keepAlive,
  loggingProfile,
  probe,
  reviewOf,
  startServer,
  temporaryDirectory,
  writePair,
} from './server.fixture.ts'

describe('the process of a server', () => {
  it('is alive and not ready while the API server does not answer, logs each reason once, and stops at once', async () => {
    const directory = await temporaryDirectory()
    const kubeconfig = join(directory, 'config')
    let attempts = 0
    const silent = createServer(socket => {
      attempts++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    await writeFile(kubeconfig, kubeconfigText({ server: `https://127.0.0.1:${port}` }))
    const metricsPort = await freePort()
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        KUBECONFIG: kubeconfig,
        PILLION_CLUSTER: 'true',
        PILLION_NAMESPACE: 'pillion',
        PILLION_HOST: '127.0.0.1',
        PILLION_METRICS_PORT: String(metricsPort),
      },
    })
    const exited = once(child, 'exit')
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines: string[] = []
    createInterface(child.stdout).on('line', line => lines.push(line))

    await eventually(async () => expect((await probe({ metricsPort }, '/readyz')).status).toBe(503))
    const asked = attempts
    // Several requests are repeated, each after a wait.
    await eventually(async () => {
      expect(attempts).toBeGreaterThan(asked + 10)
      const { reasons } = (await (await probe({ metricsPort }, '/readyz')).json()) as { reasons: string[] }
      expect(reasons).toEqual([
        'the webhook is not listening yet',
        'the Secret pillion/pillion-tls has no certificate yet',
        expect.stringMatching(/^the version of the API server is not known yet: \/version: ./),
      ])
    })
    expect((await probe({ metricsPort }, '/healthz')).status).toBe(200)
    const problems = lines.flatMap(line => JSON.parse(line).problem ?? [])
    expect(problems).toContainEqual(expect.stringMatching('^/version: '))
    expect(problems).toEqual([...new Set(problems)])
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(lines.at(-1)).toContain('stopped')
  })

  async function spawnServer() {
    const directory = await temporaryDirectory()
    const files = { cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') }
    const issued = await issueForLoopback()
    await writePair(files, issued)
    await writeFile(join(directory, 'logging.yaml'), loggingProfile)
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PILLION_TLS_CERT: files.cert,
        PILLION_TLS_KEY: files.key,
        PILLION_PROFILES: directory,
        PILLION_HOST: '127.0.0.1',
        PILLION_PORT: '0',
        PILLION_METRICS_PORT: '0',
        PILLION_DRAIN_DELAY_MS: '1000',
      },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines: Record<string, unknown>[] = []
    createInterface(child.stdout).on('line', line => lines.push(JSON.parse(line)))
    await eventually(() => expect(lines.at(-1)).toMatchObject({ msg: 'serving' }))
    const port = Number(lines.at(-1)?.['port'])
    return { child, lines, server: { port, ca: issued.ca } }
  }
  const program = `
    import { serve } from './main.ts'
    import { readOptions } from './options.ts'
    await serve(readOptions({}, process.env).options)
  `

  it('loses no call of many clients when it gets SIGTERM, and exits with 0', async () => {
    const { child, lines, server } = await spawnServer()
    const exited = once(child, 'exit')
    const body = JSON.stringify(reviewOf(asking))
    // As an API server: it goes elsewhere once the server is not ready.
    let isReady = true
    const callers = Array.from({ length: 8 }, async () => {
      const agent = keepAlive(server.ca)
      const statuses = []
      while (isReady) statuses.push((await call(server, { body, agent })).status)
      return statuses
    })
    await eventually(() => expect(lines.length).toBeGreaterThan(50))
    child.kill('SIGTERM')
    await eventually(async () =>
      expect(await call(server, { method: 'GET', path: '/readyz' })).toMatchObject({ status: 503 }),
    )
    isReady = false
    const statuses = (await Promise.all(callers)).flat()
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await exited).toEqual([0, null])
    expect(lines.filter(({ msg }) => msg === 'decided')).toHaveLength(statuses.length)
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' })
  })
})

describe('start', () => {
  it('refuses a bad certificate and a missing directory together, and leaves nothing open', async () => {
    const directory = await temporaryDirectory()
    const flags = { tlsCert: join(directory, 'tls.crt'), tlsKey: join(directory, 'tls.key') }
    const profiles = join(directory, 'nowhere')
    expect(await startWith({ ...flags, profiles })).toEqual({
      problems: [expect.stringContaining('tls.crt cannot be read'), `${profiles} is not a directory`],
    })
  })

  it('refuses a port that is taken', async () => {
    const { port, files, directory } = await startServer()
    const flags = { tlsCert: files.cert, tlsKey: files.key, profiles: directory, metricsPort: '0' }
    expect(await startWith({ ...flags, port: String(port) })).toEqual({
      problems: [expect.stringMatching(`cannot listen on port ${port} of 127.0.0.1: .*EADDRINUSE`)],
    })
  })

  it('listens on every address by default', async () => {
    const { port, ca } = await startServer({ host: '::' })
    expect(await call({ port, ca }, { method: 'GET', path: '/readyz' })).toMatchObject({ status: 200 })
  })
})

function startWith(flags: Record<string, string>) {
  const read = readOptions({ host: '127.0.0.1', ...flags }, {})
  if ('problems' in read) throw new Error(read.problems.join())
  return start(read.options, {}, createLog('silent', { write: () => {} }))
}
