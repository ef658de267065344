import type { Subject } from '../engine/decision.ts'
import type { Pod } from '../engine/pod.ts'
import { isObject, type Json } from '../json/json.ts'
import { fieldPath, type Problem } from '../problems/problem.ts'
import { open, type Refusal, refuse } from './envelope.ts'
import { checkPodShape } from './pod-shape.ts'

/** What an API server asks about one Pod. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: Subject['operation']
  readonly subResource?: string
  readonly namespace: string
  readonly dryRun: boolean
  /** As it was sent: nothing copied, nothing coerced. Empty where nothing but its creation matters. */
  readonly pod: Pod
}

/**
 * The request of an AdmissionReview v1, or the refusal of a body that is none, or is none about a Pod.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function read(body: unknown): { readonly request: AdmissionRequest } | { readonly refusal: Refusal } {
  const opened = open(body)
  if ('refusal' in opened) return opened
  const { uid, operation, subResource = '', namespace, dryRun = false, kind, object } = opened.request
  // pods/eviction is about an Eviction, pods/binding about a Binding.
  if (!subResource && !isPod(kind)) return refuse(notPod)
  // The rest of a Pod's life is left alone, so what such a request holds (an eviction, nothing) is not read.
  const isCreation = operation === 'CREATE' && subResource === ''
  const problems = isCreation ? checkPodShape(object ?? null) : []
  if (problems.length > 0) return refuse(problems.map(describe).join('; '))
  const pod = isCreation ? (object as Pod) : {}
  const podNamespace = namespace || pod.metadata?.namespace
  if (!podNamespace) return refuse('request.namespace is missing, and the Pod names no namespace')
  return {
    request: { uid, operation, namespace: podNamespace, dryRun, pod, ...(subResource && { subResource }) },
  }
}

const notPod =
  'request.kind must be a v1 Pod: only Pods are injected, whatever creates them; the rules of the webhook configuration must say resources: [pods]'

function isPod(kind: Json | undefined): boolean {
  return isObject(kind) && kind['kind'] === 'Pod' && kind['version'] === 'v1' && !kind['group']
}

function describe({ path, message }: Problem): string {
  return `${fieldPath(['request', 'object', ...path])} ${message}`
}
