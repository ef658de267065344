import type { Order } from '../order/graph.ts'
import type { Problem } from '../problems/problem.ts'
import type { Expression } from '../template/cel/cel.ts'
import type { Template } from '../template/template.ts'
import type { Placement } from './order/placement.ts'
import type { LabelSelector } from './schema/core-schema.ts'
import type { Rollout } from './schema/rollout-schema.ts'
import type { Kind, Lifecycle, Parameter, PodField } from './schema/schema.ts'

/** A valid profile, with every expression compiled. */
export interface Profile {
  readonly kind: Kind
  readonly name: string
  /** The namespace of a SidecarProfile; a ClusterSidecarProfile has none. */
  readonly namespace?: string
  readonly description?: string
  /** The first 10 hex digits of the SHA-256 of the canonical spec. */
  readonly revision: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly usableIn?: { readonly namespaceSelector: LabelSelector }
  readonly autoInject?: { readonly podSelector?: LabelSelector; readonly namespaceSelector?: LabelSelector }
  readonly requires: readonly Requirement[]
  readonly lifecycle: Lifecycle
  readonly order: Order
  /** Where each of its containers belongs, by name. */
  readonly placement: ReadonlyMap<string, Placement>
  readonly volumes: readonly VolumeTemplate[]
  readonly initContainers: readonly NamedTemplate[]
  readonly containers: readonly NamedTemplate[]
  readonly appContainers: readonly AppContainersTemplate[]
  readonly pod: Readonly<Partial<Record<PodField, Template>>>
  readonly onConflict: 'deny' | 'keep'
  /** How a new revision reaches Pods; not part of the revision. */
  readonly rollout?: Rollout
  /** Advice: the profile is valid, but experience says something against it. */
  readonly advice: readonly Problem[]
}

interface Requirement {
  readonly expression: Expression
  readonly message: string
  readonly otherwise: 'skip' | 'deny'
}

/** A container. Its name is never an expression. */
export interface NamedTemplate {
  readonly name: string
  readonly body: Template
}

interface VolumeTemplate {
  readonly body: Template
  /** A mount path: if an app container mounts a volume there, that volume is used instead of this one. */
  readonly adopt?: Template
}

export interface AppContainersTemplate {
  readonly select: 'all' | 'first' | readonly string[] | Expression
  readonly env: readonly Template[]
  readonly envFrom: readonly Template[]
  readonly volumeMounts: readonly Template[]
}
