import { X509Certificate } from 'node:crypto'
import { type Files, readFiles, watchBytes } from './file-bytes.ts'

/** The CA that signs the certificates of callers, as the file holds it now. */
export interface ClientCa {
  /** In PEM; undefined when anybody may call. */
  pem(): Buffer | undefined
  onRenewed(renewed: () => void): void
}

/**
 * Reads the CA of `--client-ca`, and again when the file changes. Refuses a file without a certificate at the start;
 * later, `refused` is called and the previous CA stays in use, so that no mistake opens the webhook to everybody.
 */
export async function clientCaIn(
  { clientCa: file, reloadIntervalMs }: { readonly clientCa?: string; readonly reloadIntervalMs: number },
  { refused, signal }: { readonly refused: (problem: string) => void; readonly signal: AbortSignal },
): Promise<ClientCa | { readonly problem: string }> {
  if (file === undefined) return { pem: () => undefined, onRenewed() {} }
  const read = () => readFiles([file])
  const known = await read()
  const first = caIn(known, file)
  if ('problem' in first) return first
  let { pem } = first
  let hear = () => {}
  const { stop } = watchBytes({
    read,
    known,
    intervalMs: reloadIntervalMs,
    changed(files) {
      const next = caIn(files, file)
      if ('problem' in next) return refused(next.problem)
      pem = next.pem
      hear()
    },
  })
  signal.addEventListener('abort', stop, { once: true })
  return {
    pem: () => pem,
    onRenewed(renewed) {
      hear = renewed
    },
  }
}

function caIn(files: Files, file: string): { readonly pem: Buffer } | { readonly problem: string } {
  const pem = files.get(file)
  if (!Buffer.isBuffer(pem)) return { problem: `${file} cannot be read: ${pem?.message}` }
  // OpenSSL takes what it can of a bundle, and says nothing when that is no certificate at all.
  const certificates = pem
    .toString('latin1')
    .split(/(?=-----BEGIN )/)
    .filter(part => part.startsWith('-----BEGIN '))
  const areValid = certificates.length > 0 && certificates.every(isAuthority)
  return areValid
    ? { pem }
    : { problem: `${file} must hold the certificates of CAs in PEM, and nothing else that is in PEM` }
}

function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}
