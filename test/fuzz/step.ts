import { deflateSync, inflateSync } from 'node:zlib'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Meddling } from './meddling.ts'
import type { PortAct } from './port.ts'
import type { Story } from './rollout/story.ts'

/** One thing that somebody does to a replica or to the objects of its cluster. */
export type Step =
  /** A profile or Namespace is written, as the API server stores it. */
  | { readonly do: 'put'; readonly object: JsonObject }
  | { readonly do: 'put all'; readonly objects: readonly JsonObject[] }
  | { readonly do: 'delete'; readonly object: JsonObject }
  /** The API server sends a Pod for review; then other webhooks do `meddling`, and it sends the Pod again. */
  | {
      readonly do: 'review'
      readonly namespace: string
      readonly pod: JsonObject
      readonly meddling?: readonly Meddling[]
    }
  /** The API server sends a profile for review. */
  | { readonly do: 'validate'; readonly object: JsonObject }
  /** Somebody sends these bytes. */
  | { readonly do: 'send'; readonly path: '/mutate' | '/validate' | '/warn'; readonly body: string }
  /** Somebody writes these pieces on a connection, with pauses between them, and waits for `answers`. */
  | {
      readonly do: 'wire'
      readonly pieces: readonly string[]
      readonly pauseMs: number
      readonly answers: number
    }
  /** Somebody does this on connections to the HTTPS port, several times: nothing of it may remain. */
  | { readonly do: 'port'; readonly act: PortAct }
  /** The replica is killed, and another one starts. */
  | { readonly do: 'restart' }
  /** A command reads this text. */
  | { readonly do: 'read'; readonly as: 'profiles' | 'manifest'; readonly text: string }
  /** A rollout goes through all of this; with `isSameForOne`, it must end as with one leader to whom nothing happens. */
  | { readonly do: 'rollout'; readonly story: Story; readonly isSameForOne?: boolean }

/** What a case is called, and what happens in it. */
export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
}

/** A case as text that is small even when its objects are large, because they repeat themselves. */
export function pack({ name, steps }: Case, why: string): string {
  const text = JSON.stringify(steps)
  const packed =
    text.length > 4_096 ? { deflated: deflateSync(text, { level: 9 }).toString('base64') } : { steps }
  return `${JSON.stringify({ name, why, ...packed }, null, 2)}\n`
}

/** The inverse of `pack`. */
export function unpack(text: string): Case {
  const { name, steps, deflated } = JSON.parse(text) as {
    name: string
    steps?: readonly Step[]
    deflated?: string
  }
  if (steps) return { name, steps }
  return {
    name,
    steps: JSON.parse(inflateSync(Buffer.from(deflated ?? '', 'base64')).toString()) as readonly Step[],
  }
}

/** An AdmissionReview about an object, as an API server sends it. */
export function reviewOf(kind: string, namespace: string, object: Json, operation = 'CREATE'): string {
  const group = kind === 'Pod' ? '' : 'pillion.dev'
  const version = kind === 'Pod' ? 'v1' : 'v1alpha1'
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '0c4c9a0e-31f1-4fc5-a7cf-3a3fd2f3f4a1',
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      namespace,
      operation,
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: null,
    },
  })
}
