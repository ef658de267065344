import { randomBytes } from 'node:crypto'
import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { type Api, ApiFailure } from '../api/api.ts'
import type { SecretData } from './certificate-contents.ts'

/** What is stored where the Secret should be. */
export type Found =
  | { readonly kind: 'absent' }
  /** A Secret that Pillion must not change; the problem says what to do. */
  | { readonly kind: 'foreign'; readonly problem: string }
  | {
      readonly kind: 'ours'
      readonly resourceVersion: string
      readonly data: SecretData
      /** The text of the annotation `revocation`. */
      readonly revokedBefore?: string
    }

/** Says that Pillion wrote the Secret, and may do so again. Tools that apply their own labels keep it. */
export const mark = { name: 'pillion.dev/certificates', value: 'self-managed' } as const

/**
 * Annotation of the Secret: a time, as in RFC 3339. The CAs that were issued before it are revoked. Only people write it; the
 * token of Pillion may not.
 */
export const revocation = 'pillion.dev/revoke-before'

const members = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const

interface CertificateSecretOptions {
  readonly namespace: string
  readonly name: string
  readonly signal: AbortSignal
}

/** The Secret with the certificates. Both of its methods throw an `ApiFailure`. */
export function certificateSecret(api: Api, { namespace, name, signal }: CertificateSecretOptions) {
  const path = `${secretsPath(namespace)}/${name}`
  const labels = { [mark.name]: mark.value }

  /**
   * By server-side apply: the only way to create an object for which an RBAC rule can require a name. The field manager
   * is unique, so that of two replicas the second gets a conflict.
   * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
   */
  function creating(data: SecretData) {
    return {
      query: { fieldManager: `pillion-${randomBytes(4).toString('hex')}` },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace, labels },
        type: 'kubernetes.io/tls',
        data: encoded(data),
      },
    }
  }

  /** A merge patch, which leaves what others wrote. */
  function updating(data: SecretData, resourceVersion: string) {
    const body = { metadata: { resourceVersion, labels }, data: encoded(data) }
    return { query: { fieldManager: 'pillion' }, body }
  }

  return {
    async read(): Promise<{ readonly found: Found; readonly date?: Date }> {
      const answer = await api.request('GET', path, { signal })
      if (!answer.ok && answer.status !== 404) throw new ApiFailure(answer)
      const found = answer.ok ? foundIn(answer.body) : ({ kind: 'absent' } as const)
      return { found, ...(answer.date && { date: answer.date }) }
    },
    /** Replaces what was found. `overtaken`: another replica was faster, nothing was written, and the Secret must be read again. */
    async write(
      data: SecretData,
      found: Exclude<Found, { kind: 'foreign' }>,
    ): Promise<'written' | 'overtaken'> {
      const patch = found.kind === 'absent' ? creating(data) : updating(data, found.resourceVersion)
      const answer = await api.request('PATCH', path, { ...patch, signal })
      if (answer.ok) return 'written'
      // 404: deleted since it was read.
      if (answer.status === 409 || answer.status === 404) return 'overtaken'
      throw new ApiFailure(answer)
    },
  }
}

export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`
}

/** A Secret is ours if it carries the mark, or is empty: an installation may contain an empty one. */
export function foundIn(secret: JsonObject): Found {
  const { name, namespace, labels, annotations, resourceVersion } = metadataOf(secret)
  const revokedBefore = isObject(annotations) ? annotations[revocation] : undefined
  const data = isObject(secret['data']) ? secret['data'] : {}
  const isEmpty = Object.values(data).every(value => value === '')
  if (!isEmpty && !(isObject(labels) && labels[mark.name] === mark.value)) {
    return {
      kind: 'foreign',
      problem:
        `the Secret ${namespace}/${name} has content that Pillion did not write, and is left alone. ` +
        `Delete it, or label it ${mark.name}=${mark.value}, for Pillion to keep its certificate there; or have ` +
        'Pillion use its tls.crt and tls.key by --tls-cert and --tls-key',
    }
  }
  const decoded = members.map(member => [
    member,
    Buffer.from(String(data[member] ?? ''), 'base64').toString(),
  ])
  return {
    kind: 'ours',
    resourceVersion: String(resourceVersion),
    data: Object.fromEntries(decoded),
    ...(typeof revokedBefore === 'string' && { revokedBefore }),
  }
}

function encoded(data: SecretData): SecretData {
  return Object.fromEntries(
    Object.entries(data).map(([member, text]) => [member, Buffer.from(text).toString('base64')]),
  )
}
