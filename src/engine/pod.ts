import type { JsonObject } from '../json/json.ts'

/**
 * A Pod or a pod template as it was sent: raw JSON, of which the engine reads these members and keeps
 * all others. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export interface Pod extends JsonObject {
  readonly metadata?: Metadata
  readonly spec?: PodSpec
}

export interface Metadata extends JsonObject {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly labels?: Strings
  readonly annotations?: Strings
}

export type Strings = { readonly [key: string]: string }

interface PodSpec extends JsonObject {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Named[]
  readonly restartPolicy?: string
}

export interface Named extends JsonObject {
  readonly name: string
}

export interface Container extends Named {
  readonly image?: string
  readonly env?: readonly Named[]
  readonly envFrom?: readonly JsonObject[]
  readonly ports?: readonly Port[]
  readonly volumeMounts?: readonly VolumeMount[]
  readonly restartPolicy?: string
}

export interface Port extends JsonObject {
  readonly containerPort: number
  readonly name?: string
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: string
}

export interface VolumeMount extends Named {
  readonly mountPath: string
  readonly subPath?: string
  readonly subPathExpr?: string
}

/** What is known of the namespace a Pod is created in: its ObjectMeta. */
export interface Namespace {
  readonly name: string
  readonly labels: Strings
  readonly annotations: Strings
}

/** The annotations a Pod or its namespace asks with. */
export const annotation = {
  inject: 'pillion.dev/inject',
  status: 'pillion.dev/status',
  /** How a manifest wrote what the CLI replaced. Decides nothing, so it has another prefix. */
  asWritten: 'cli.pillion.dev/as-written',
  prefix: 'pillion.dev/',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const

/** Runs beside the app: a native sidecar is an init container that is restarted always. */
export function isNativeSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always'
}
