import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issueCertificate } from '../../src/cluster/certificate/certificate-authority.ts'

/** What a server on 127.0.0.1 needs, in files, and what its clients need. */
export interface Certificate {
  /** In PEM. */
  readonly ca: string
  readonly certFile: string
  readonly keyFile: string
}

/** A new one, valid for a day, whose files are in that directory. */
export async function certificateIn(directory: string): Promise<Certificate> {
  const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
  const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })])
  return { ca, certFile, keyFile }
}
