import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pillionWith } from '../../src/cli/recorded.fixture.ts'
import type { ApiServer } from './apiserver.ts'

/**
 * Makes an API server the one of `KUBECONFIG`, for commands that run in this process: the context `admin` may do
 * everything, and `stranger` nothing; both are about the namespace. `restore` puts the variable back.
 */
export async function useKubeconfig(server: ApiServer, namespace: string): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-kubeconfig-'))
  const before = process.env['KUBECONFIG']
  const file = join(directory, 'config')
  await writeFile(file, JSON.stringify(await kubeconfigFor(server, namespace)), { mode: 0o600 })
  process.env['KUBECONFIG'] = file
  return async () => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
    await rm(directory, { recursive: true })
  }
}

/** Runs the command line in this process. */
export function pillion(...args: readonly string[]) {
  return pillionWith(args)
}

async function kubeconfigFor({ url, ca, token, request }: ApiServer, namespace: string): Promise<object> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token'
  const { body } = await request<{ status: { token: string } }>('POST', path, { spec: {} })
  const isProxy = url.startsWith('http:')
  const trust = isProxy
    ? { 'insecure-skip-tls-verify': true }
    : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  const cluster = { server: url, ...trust }
  const context = (user: string) => ({ name: user, context: { cluster: 'tested', user, namespace } })
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [{ name: 'tested', cluster }],
    users: [
      { name: 'admin', user: { token } },
      { name: 'stranger', user: { token: body.status.token } },
    ],
    contexts: [context('admin'), context('stranger')],
  }
}
