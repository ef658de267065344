import 'reflect-metadata'
import { generateKeyPairSync, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

type KeyPair = { readonly cert: string; readonly key: string }

type Authority = {
  /** The CA's certificate in PEM: what a client trusts, or base64-encoded a webhook's `caBundle`. */
  readonly cert: string
  /** A serving certificate for 127.0.0.1 and localhost, with its key in PKCS #8; both PEM. */
  issue(): Promise<KeyPair>
  /** A client certificate for this common name. */
  issueClient(name: string): Promise<KeyPair>
}

/** A certificate authority of this process; its key exists in memory only. Everything it signs lasts a day. */
export async function createAuthority(): Promise<Authority> {
  const ca = await generateKeys()
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: 'CN=pillion test CA',
    keys: ca,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })

  const issue = () => sign('localhost', x509.ExtendedKeyUsage.serverAuth)
  const issueClient = (name: string) => sign(name, x509.ExtendedKeyUsage.clientAuth)

  async function sign(name: string, usage: x509.ExtendedKeyUsage): Promise<KeyPair> {
    const keys = await generateKeys()
    const leaf = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: `CN=${name}`,
      issuer: cert.subject,
      publicKey: keys.publicKey,
      signingKey: ca.privateKey,
      extensions: [
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    })
    return { cert: leaf.toString('pem'), key: await privateKeyPem(keys) }
  }

  return { cert: cert.toString('pem'), issue, issueClient }
}

/** A P-256 key in PEM (SEC 1, from which kube-apiserver also takes the public half): signs ServiceAccount tokens. */
export function createTokenKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'sec1' }).toString()
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function privateKeyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')
}

/** From a minute ago, because x509 drops the milliseconds and two clocks may differ, for a day. */
function validity() {
  return {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 24 * 3_600_000),
    signingAlgorithm: algorithm,
  }
}
