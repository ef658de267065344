import type { Pod } from '../engine/pod.ts'
import { isObject, type Json } from '../json/json.ts'
import { fieldPath, type Problem } from '../problems/problem.ts'
import { type BadRequest, badRequest, type EnvelopedRequest, open } from './envelope.ts'
import { checkPodShape } from './pod-shape.ts'

/** A request about one Pod. */
export interface AdmissionRequest extends Pick<EnvelopedRequest, 'uid' | 'operation' | 'subResource'> {
  readonly namespace: string
  readonly dryRun: boolean
  /** The Pod as it was sent. Empty unless the request creates the Pod. */
  readonly pod: Pod
}

/**
 * The request of an AdmissionReview v1 about a Pod, or why the body is not one.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function read(
  body: unknown,
): { readonly request: AdmissionRequest } | { readonly badRequest: BadRequest } {
  const opened = open(body)
  if ('badRequest' in opened) return opened
  const { uid, operation, subResource = '', namespace, dryRun = false, kind, object } = opened.request
  // pods/eviction is about an Eviction, pods/binding about a Binding.
  if (!subResource && !isPod(kind)) return badRequest(notPod)
  // Only a creation is injected, so the object of another request (an eviction, nothing) is not read.
  const isCreation = operation === 'CREATE' && subResource === ''
  const problems = isCreation ? checkPodShape(object ?? null) : []
  if (problems.length > 0) return badRequest(problems.map(describe).join('; '))
  const pod = isCreation ? (object as Pod) : {}
  const podNamespace = namespace || pod.metadata?.namespace
  if (!podNamespace) return badRequest('request.namespace is missing, and the Pod has no metadata.namespace')
  return {
    request: { uid, operation, namespace: podNamespace, dryRun, pod, ...(subResource && { subResource }) },
  }
}

const notPod =
  'request.kind must be a v1 Pod: Pillion injects Pods, not the workloads that create them; the rules of the webhook configuration must have resources: [pods]'

function isPod(kind: Json | undefined): boolean {
  return isObject(kind) && kind['kind'] === 'Pod' && kind['version'] === 'v1' && !kind['group']
}

function describe({ path, message }: Problem): string {
  return `${fieldPath(['request', 'object', ...path])} ${message}`
}
