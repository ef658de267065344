import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pillionWith } from '../recorded.fixture.ts'

describe('pillion playground', () => {
  it('prints where the page is, serves the profiles that it was told, and ends when it is told to', async () => {
    const directory = await directoryOf()
    await writeFile(join(directory, 'one.yaml'), 'kind: ClusterSidecarProfile\n')
    const child = spawn(process.execPath, [
      'src/cli/main.ts',
      'playground',
      '--port=0',
      '--profiles',
      directory,
    ])
    const said = text(child.stderr)
    const [first] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/)
    const page = await fetch(first.trim())
    expect({ status: page.status, text: await page.text() }).toEqual({
      status: 200,
      text: expect.stringContaining('<title>Pillion playground</title>'),
    })
    expect(await (await fetch(`${first.trim()}profiles.json`)).json()).toEqual({
      from: directory,
      flags: ['--profiles', directory],
      profiles: [{ file: join(directory, 'one.yaml'), text: 'kind: ClusterSidecarProfile\n' }],
    })
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await said).toBe(
      `The playground has the profiles of ${directory}, as they are now. Ctrl-C ends it.\n`,
    )
  })

  it.each([
    { args: ['--port', '70000'], says: /--port.*It must be a port: 0 to 65535/s },
    {
      args: ['--profiles', 'no-such-directory'],
      says: /no-such-directory: there is no such file or directory/,
    },
    { args: ['--context', 'none'], says: /none/ },
  ])('refuses $args with a sentence', async ({ args, says }) => {
    const { code, err } = await pillionWith(['playground', ...args])
    expect(code).toBe(2)
    expect(err).toMatch(says)
  })

  it('says that another process uses the port', async () => {
    const { url, port } = await listening((_, response) => response.end())
    const { code, err } = await pillionWith(['playground', '--profiles', 'catalog', '--port', `${port}`])
    expect({ code, err }).toEqual({
      code: 2,
      err: `port ${port}: another process uses it: choose another port with --port\n`,
    })
    expect((await fetch(url)).status).toBe(200)
  })

  it('says that a cluster has no CRDs of profiles', async () => {
    const { url } = await listening((_, response) => response.writeHead(404).end('{}'))
    const kubeconfig = join(await directoryOf(), 'kubeconfig')
    await writeFile(kubeconfig, kubeconfigFor(url))
    const { code, err } = await pillionWith(['playground', '--kubeconfig', kubeconfig, '--port', '0'])
    expect(code).toBe(2)
    expect(err).toMatch(/not readable:\nthe CRDs of profiles are not installed\n--profiles catalog/)
  })
})

async function listening(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}` }
}

async function directoryOf(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-playground-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'x' } }],
  })
}
