import { X509Certificate } from 'node:crypto'
import { attempt } from './certificate.ts'
import { type Files, followFiles, type Renewals, readFiles } from './file-bytes.ts'
import type { Options } from './options.ts'

/**
 * The CA of `--client-ca` as it is in the file now, in PEM; undefined when anybody may send requests. A file without a certificate is a problem at the start.
 * Later it calls `refused` and keeps the previous CA, so that no mistake opens the webhook to everybody.
 */
export async function clientCaIn(
  { clientCa: file, reloadIntervalMs: intervalMs }: Pick<Options, 'clientCa' | 'reloadIntervalMs'>,
  { renewed, refused, signal }: Renewals<Buffer>,
): Promise<{ readonly pem: () => Buffer | undefined } | { readonly problem: string }> {
  if (file === undefined) return { pem: () => undefined }
  let pem: Buffer | undefined
  const first = await followFiles({
    read: () => readFiles([file]),
    parse: files => caIn(files, file),
    changed(next) {
      if ('problem' in next) return refused(next.problem)
      pem = next.pem
      renewed(pem)
    },
    intervalMs,
    signal,
  })
  if ('problem' in first) return first
  pem = first.pem
  return { pem: () => pem }
}

function caIn(files: Files, file: string): { readonly pem: Buffer } | { readonly problem: string } {
  const pem = files.get(file)
  if (!Buffer.isBuffer(pem)) return { problem: `${file} cannot be read: ${pem?.message}` }
  // OpenSSL silently ignores the parts of a bundle that are not certificates, even if that is all of it.
  const certificates = pem
    .toString('latin1')
    .split(/(?=-----BEGIN )/)
    .filter(part => part.startsWith('-----BEGIN '))
  if (certificates.length > 0 && certificates.every(isAuthority)) return { pem }
  return { problem: `${file} must contain CA certificates in PEM, and nothing else in PEM` }
}

function isAuthority(pem: string): boolean {
  return attempt(() => new X509Certificate(pem).ca) ?? false
}
