import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultAccess, serviceAccountAccess } from './access.ts'
import { contextsOf, kubeconfigAccess, selectedContext } from './kubeconfig.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pillion-access-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true })
})

const write = (name: string, content: string) => writeFile(join(directory, name), content)

describe('the access of a service account', () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '6443' }

  it('is what the kubelet put into the Pod', async () => {
    await write('token', 'abc\n')
    await write('ca.crt', 'PEM')
    expect(await serviceAccountAccess(directory, environment)()).toEqual({
      server: 'https://10.96.0.1:6443',
      options: { ca: 'PEM', headers: { authorization: 'Bearer abc' } },
    })
  })

  it('takes an IPv6 address', async () => {
    await write('token', 'abc')
    await write('ca.crt', 'PEM')
    const access = serviceAccountAccess(directory, { KUBERNETES_SERVICE_HOST: 'fd00::1' })
    expect((await access()).server).toBe('https://[fd00::1]:443')
  })

  it('has the new token as soon as it is renewed', async () => {
    await write('token', 'old')
    await write('ca.crt', 'PEM')
    const access = serviceAccountAccess(directory, environment)
    await access()
    await write('token', 'new')
    expect((await access()).options.headers).toEqual({ authorization: 'Bearer new' })
  })

  it('says that it does not run in a Pod', async () => {
    await expect(serviceAccountAccess(directory, {})()).rejects.toThrow('KUBERNETES_SERVICE_HOST is not set')
  })
})

describe('the access of a kubeconfig', () => {
  const kubeconfig = JSON.stringify({
    'current-context': 'a',
    clusters: [{ name: 'c', cluster: { server: 'https://c:6443', 'tls-server-name': 'kubernetes' } }],
    users: [{ name: 'u', user: { token: 'abc' } }],
    contexts: ['a', 'b'].map(name => ({ name, context: { cluster: 'c', user: 'u' } })),
  })

  it('is the access of the given context', async () => {
    await write('config', kubeconfig)
    vi.stubEnv('KUBECONFIG', join(directory, 'config'))
    expect(await defaultAccess({ context: 'b' })()).toMatchObject({
      server: 'https://c:6443',
      options: { headers: { Authorization: 'Bearer abc' }, servername: 'kubernetes' },
    })
  })

  it('says which contexts there are', async () => {
    await write('config', kubeconfig)
    vi.stubEnv('KUBECONFIG', join(directory, 'config'))
    await expect(defaultAccess({ context: 'x' })()).rejects.toThrow(
      'the kubeconfig has no context "x"; it has a, b',
    )
  })

  it('is the access of the given file, for the given user', async () => {
    await write('config', kubeconfig)
    vi.stubEnv('KUBECONFIG', join(directory, 'other'))
    const choice = { kubeconfig: join(directory, 'config'), as: 'jane', asGroup: ['dev', 'ops'] }
    expect((await defaultAccess(choice)()).options.headers).toEqual({
      Authorization: 'Bearer abc',
      'impersonate-user': 'jane',
      'impersonate-group': ['dev', 'ops'],
    })
  })

  it('merges the files of KUBECONFIG: the first one that has a name wins, and one may be missing', async () => {
    const first = { contexts: [{ name: 'a', context: { cluster: 'c', user: 'u', namespace: 'shop' } }] }
    await write('first', JSON.stringify(first))
    await write('config', kubeconfig)
    const files = ['first', 'missing', 'config'].map(name => join(directory, name))
    vi.stubEnv('KUBECONFIG', files.join(delimiter))
    expect(selectedContext({})).toEqual({ name: 'a', namespace: 'shop' })
    expect(contextsOf({})).toEqual(['a', 'b'])
    expect((await defaultAccess()()).server).toBe('https://c:6443')
  })

  it.each([
    { why: 'an empty file', text: '', none: / has no context$/ },
    {
      why: 'no current context',
      text: kubeconfig.replace('"current-context":"a",', ''),
      none: / selects no context: --context selects one of a, b$/,
    },
  ])('says that it selects no context: $why', async ({ text, none }) => {
    await write('config', text)
    expect(selectedContext({ kubeconfig: join(directory, 'config') })).toEqual({
      none: expect.stringMatching(none),
    })
  })

  it('says that there is no kubeconfig', async () => {
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', directory)
    expect(selectedContext({})).toEqual({ none: expect.stringContaining('no kubeconfig was found') })
    await expect(defaultAccess()()).rejects.toThrow('no kubeconfig was found')
  })

  it('says which file cannot be read', async () => {
    await write('config', 'contexts: [')
    expect(() => selectedContext({ kubeconfig: join(directory, 'config') })).toThrow(
      /^the kubeconfig cannot be read: .*config: /,
    )
  })

  it('is read again when it could not be read', async () => {
    vi.stubEnv('KUBECONFIG', join(directory, 'config'))
    const access = defaultAccess()
    await expect(access()).rejects.toThrow('no such file')
    await write('config', kubeconfig)
    expect((await access()).server).toBe('https://c:6443')
  })

  it.each([
    { proxyUrl: undefined, hasAgent: false, why: 'keeps our own connections without a proxy' },
    { proxyUrl: 'http://proxy:3128', hasAgent: true, why: 'goes through the proxy it names' },
  ])('$why', async ({ proxyUrl, hasAgent }) => {
    const config = new KubeConfig()
    const cluster = { name: 'c', server: 'https://c', skipTLSVerify: false, ...(proxyUrl && { proxyUrl }) }
    config.loadFromClusterAndUser(cluster, { name: 'u' })
    const { options } = await kubeconfigAccess(config)()
    expect('agent' in options).toBe(hasAgent)
  })

  it('says that it has no cluster', async () => {
    await expect(kubeconfigAccess(new KubeConfig())()).rejects.toThrow('the kubeconfig names no cluster')
  })
})
