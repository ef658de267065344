import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../server/server.fixture.ts'
import { pillionWith, type Ran } from './recorded.fixture.ts'

/** It clears the screen, writes over a line, adds a line that looks like Pillion's own, and turns the order of letters. */
const hostile = 'evil\u001B[2J\u001B[31m\rgood\nFORGED: all is well\n\u202Eb\u009Bc'

/** Every command that uses a cluster. */
const commands: readonly (readonly string[])[] = [
  ['status'],
  ['doctor'],
  ['sweep'],
  ['explain', 'deployment/web'],
  ['plan', '-f', 'catalog/log-tail.yaml'],
  ['profiles'],
  ['validate', '--against-cluster', '-f', 'catalog/log-tail.yaml'],
  ['inject', '-f', 'examples/job.yaml'],
  ['certificates', 'revoke'],
  ['crds', '--apply'],
  ['version'],
  ...['status', 'history', 'plan', 'undo', 'pause', 'resume', 'promote'].map(each => [
    'rollout',
    each,
    'logging',
  ]),
]

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}
const server = createServer((request, response) => answer(request, response))
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => void server.close())
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function use(kubeconfig: object): Promise<void> {
  const before = process.env['KUBECONFIG']
  onTestFinished(() => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
  })
  const file = `${await temporaryDirectory()}/config`
  await writeFile(file, JSON.stringify(kubeconfig))
  process.env['KUBECONFIG'] = file
}

function kubeconfig(user: object, name = 'tested') {
  return {
    'current-context': name,
    clusters: [{ name, cluster: { server: url(), 'insecure-skip-tls-verify': true } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
}

function expectHarmless({ out, err }: Ran): void {
  const said = out + err
  expect(said).not.toMatch(/[^\P{C}\n\t]/u)
  expect(said).not.toMatch(/^FORGED/m)
}

describe.each(commands.map(args => ({ args, line: args.join(' ') })))('pillion $line', ({ args }) => {
  it.each([
    { status: 401, type: 'application/json', body: JSON.stringify({ kind: 'Status', message: hostile }) },
    { status: 403, type: 'application/json', body: JSON.stringify({ kind: 'Status', message: hostile }) },
    { status: 500, type: 'text/plain', body: hostile },
  ])('prints no control character and no forged line of an answer with $status', async answered => {
    await use(kubeconfig({ token: 'token' }))
    let requests = 0
    answer = (_, response) => {
      requests++
      response.writeHead(answered.status, { 'content-type': answered.type }).end(answered.body)
    }
    expectHarmless(await pillionWith(args))
    expect(requests).toBeGreaterThan(0)
  })

  it.each([
    { what: 'its context has such a name', config: () => kubeconfig({ token: 'token' }, hostile) },
    {
      what: 'it selects no context',
      config: () => ({ ...kubeconfig({ token: 'token' }, hostile), 'current-context': '' }),
    },
    {
      what: 'its program fails',
      config: () => {
        const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath }
        const fails = `process.stderr.write(${JSON.stringify(hostile)}); process.exitCode = 1`
        return kubeconfig({ exec: { ...exec, args: ['--eval', fails], interactiveMode: 'Never' } })
      },
    },
  ])('prints no control character and no forged line of a kubeconfig: $what', async ({ config }) => {
    answer = (_, response) => response.writeHead(401).end()
    await use(config())
    expectHarmless(await pillionWith(args))
  })
})

it('the messages of the process have no control characters, even when no terminal shows them', async () => {
  const program = join(import.meta.dirname, 'main.ts')
  const run = promisify(execFile)(process.execPath, [program, 'evil\u001B[2J'])
  await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining("'evil\uFFFD[2J'") })
})
