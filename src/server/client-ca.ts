import { X509Certificate } from 'node:crypto'
import { type Files, followFiles, readFiles } from './file-bytes.ts'

/** The CA that signs the certificates of callers, as it is in the file now. */
export interface ClientCa {
  /** In PEM; undefined when anybody may send requests. */
  pem(): Buffer | undefined
}

/**
 * Reads the CA of `--client-ca`, and again when the file changes. A file without a certificate is a problem at the start.
 * Later it calls `refused` and keeps the previous CA, so that no mistake opens the webhook to everybody.
 */
export async function clientCaIn(
  {
    clientCa: file,
    reloadIntervalMs: intervalMs,
  }: { readonly clientCa?: string; readonly reloadIntervalMs: number },
  { renewed, refused, signal }: ClientCaEvents,
): Promise<ClientCa | { readonly problem: string }> {
  if (file === undefined) return { pem: () => undefined }
  let pem: Buffer | undefined
  const first = await followFiles({
    read: () => readFiles([file]),
    parse: files => caIn(files, file),
    changed(next) {
      if ('problem' in next) return refused(next.problem)
      pem = next.pem
      renewed()
    },
    intervalMs,
    signal,
  })
  if ('problem' in first) return first
  pem = first.pem
  return { pem: () => pem }
}

interface ClientCaEvents {
  readonly renewed: () => void
  readonly refused: (problem: string) => void
  readonly signal: AbortSignal
}

function caIn(files: Files, file: string): { readonly pem: Buffer } | { readonly problem: string } {
  const pem = files.get(file)
  if (!Buffer.isBuffer(pem)) return { problem: `${file} cannot be read: ${pem?.message}` }
  // OpenSSL silently ignores the parts of a bundle that are not certificates, even if that is all of it.
  const certificates = pem
    .toString('latin1')
    .split(/(?=-----BEGIN )/)
    .filter(part => part.startsWith('-----BEGIN '))
  const areValid = certificates.length > 0 && certificates.every(isAuthority)
  return areValid
    ? { pem }
    : { problem: `${file} must contain CA certificates in PEM, and nothing else in PEM` }
}

function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}
