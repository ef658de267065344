import { randomBytes } from 'node:crypto'
import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { type Api, ApiFailure } from '../api/api.ts'
import type { ApiResponse } from '../api/response.ts'
import type { SecretData } from './certificate-contents.ts'

/** What stands where the Secret should be. */
export type Found =
  | { readonly kind: 'absent' }
  /** Somebody else's, not to be touched; the problem says what to do. */
  | { readonly kind: 'foreign'; readonly problem: string }
  | { readonly kind: 'ours'; readonly resourceVersion: string; readonly data: SecretData }

/** The one Secret of the certificates. */
export interface CertificateSecret {
  /** Asks the API server, whose clock comes with the answer. Throws an `ApiFailure`. */
  read(): Promise<{ readonly found: Found; readonly date?: Date }>
  /**
   * Writes what is to follow what was found. `overtaken` when another replica was faster: nothing was written
   * then, and what it wrote is to be read. Throws an `ApiFailure`.
   */
  write(data: SecretData, found: Exclude<Found, { kind: 'foreign' }>): Promise<'written' | 'overtaken'>
}

/** Says that Pillion wrote the Secret, and may do so again. Tools that apply their own labels leave it alone. */
export const mark = { name: 'pillion.dev/certificates', value: 'self-managed' } as const

export const members = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const

/** The Secret of this name; nothing is asked yet. Both writes are patches, which leave what others wrote. */
export function certificateSecret(
  api: Api,
  {
    namespace,
    name,
    signal,
  }: { readonly namespace: string; readonly name: string; readonly signal: AbortSignal },
): CertificateSecret {
  const path = `${secretsPath(namespace)}/${name}`

  /**
   * By server-side apply, because of all ways to create an object only for this one RBAC looks at the name.
   * With a field manager that nobody else has, whoever comes second is in conflict with the first.
   * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
   */
  function create(data: SecretData): Promise<ApiResponse> {
    return api.request('PATCH', path, {
      query: { fieldManager: `pillion-${randomBytes(4).toString('hex')}` },
      contentType: 'application/apply-patch+yaml',
      signal,
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace, labels: { [mark.name]: mark.value } },
        type: 'kubernetes.io/tls',
        data: encoded(data),
      },
    })
  }

  function update(data: SecretData, resourceVersion: string): Promise<ApiResponse> {
    return api.request('PATCH', path, {
      query: { fieldManager: 'pillion' },
      signal,
      body: {
        metadata: { resourceVersion, labels: { [mark.name]: mark.value } },
        data: encoded(data),
      },
    })
  }

  return {
    async read() {
      const answer = await api.request('GET', path, { signal })
      if (!answer.ok && answer.status !== 404) throw new ApiFailure(answer)
      const found = answer.ok ? foundIn(answer.body) : ({ kind: 'absent' } as const)
      return { found, ...(answer.date && { date: answer.date }) }
    },
    async write(data, found) {
      const answer = await (found.kind === 'absent' ? create(data) : update(data, found.resourceVersion))
      if (answer.ok) return 'written'
      // 404: deleted meanwhile.
      if (answer.status === 409 || answer.status === 404) return 'overtaken'
      throw new ApiFailure(answer)
    },
  }
}

export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`
}

/** Ours is what carries the mark, and what is empty: an installation may ship it so. */
export function foundIn(secret: JsonObject): Found {
  const { name, namespace, labels, resourceVersion } = metadataOf(secret)
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
  return { kind: 'ours', resourceVersion: String(resourceVersion), data: decoded(data) }
}

function encoded(data: SecretData): SecretData {
  return mapped(data, text => Buffer.from(text).toString('base64'))
}

function decoded(data: JsonObject): SecretData {
  const ours = Object.fromEntries(members.map(member => [member, String(data[member] ?? '')]))
  return mapped(ours, text => Buffer.from(text, 'base64').toString())
}

function mapped(data: SecretData, change: (text: string) => string): SecretData {
  return Object.fromEntries(Object.entries(data).map(([member, text]) => [member, change(text)]))
}
