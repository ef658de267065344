import { X509Certificate } from 'node:crypto'
import { describe, expect, inject, it } from 'vitest'
import { certificatesIn } from '../../src/cluster/certificate/pem.ts'
import { run } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { useNamespace } from './namespace.ts'
import { samples } from './replicas.ts'

describe('the certificate that Pillion keeps', () => {
  const kubectl = useNamespace('certificate')

  it('is no drift: what deploy/ says is what there is', async () => {
    const { attempt } = kubectl.in('pillion')
    expect(await attempt(['diff', '-k=deploy/'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('comes back when its Secret is deleted', async () => {
    const before = await stored()
    await kubectl(['-n=pillion', 'delete', 'secret', 'pillion-tls'])
    await until('every replica serves a new one', 60_000, async () => {
      const after = await stored()
      return after !== undefined && after.fingerprint256 !== before?.fingerprint256 && (await isServed(after))
    })
  })

  it('is revoked: only a new CA is trusted then', async () => {
    const before = await trusted()
    const ran = await run('npx', ['pillion', 'certificates', 'revoke'], {
      environment: { KUBECONFIG: inject('kubeconfig') },
    })
    // A note on stderr would say that the replicas were not checked.
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/^The replicas make .*\n$/) })
    const after = await trusted()
    expect(after).toHaveLength(1)
    expect(before).not.toContain(after[0])
    expect(ran.stdout).toContain(after[0])
    const serving = await stored()
    expect(serving && (await isServed(serving))).toBe(true)
  })

  it('is trusted again when somebody empties the caBundle', async () => {
    const patch = '[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":""}]'
    for (const kind of ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']) {
      const right = await caBundles(kind)
      expect(right).not.toContain('')
      await kubectl(['patch', kind, 'pillion', '--type=json', `--patch=${patch}`])
      await until(`the caBundle of the ${kind} is right again`, 10_000, async () =>
        (await caBundles(kind)).every((bundle, i) => bundle === right[i]),
      )
    }
  })

  async function stored(): Promise<X509Certificate | undefined> {
    const get = ['-n=pillion', 'get', 'secret', 'pillion-tls', '-o=jsonpath={.data.tls\\.crt}']
    const { code, stdout } = await kubectl.attempt(get)
    return code === 0 ? new X509Certificate(Buffer.from(stdout, 'base64')) : undefined
  }

  /** By every replica, as far as its expiry, to the second, tells one from another. */
  async function isServed({ validToDate }: X509Certificate): Promise<boolean> {
    const expiries = await samples(kubectl, 'pillion_certificate_expiry_timestamp_seconds')
    return expiries.flat().every(({ value }) => value === validToDate.getTime() / 1_000)
  }

  /** The fingerprints of the CAs that the API server trusts for any webhook. */
  async function trusted(): Promise<readonly string[]> {
    const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']
    const bundles = (await Promise.all(kinds.map(caBundles))).flat()
    const all = bundles.flatMap(bundle => certificatesIn(Buffer.from(bundle, 'base64').toString()))
    return [...new Set(all.map(({ fingerprint256 }) => fingerprint256))]
  }

  async function caBundles(kind: string): Promise<readonly string[]> {
    const { webhooks } = JSON.parse(await kubectl(['get', kind, 'pillion', '-o=json'])) as {
      webhooks: readonly { clientConfig: { caBundle?: string } }[]
    }
    return webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? '')
  }
})
