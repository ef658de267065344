import type { Problem } from '../problems/problem.ts'
import type { Expression } from '../template/cel/cel.ts'
import type { Template } from '../template/compile.ts'
import type { OrderOf, Placement } from './order/placement.ts'
import type { Kind, LabelSelector, Lifecycle, Parameter, PodField } from './schema/schema.ts'

/** A profile that was checked: what it injects, with every expression compiled. */
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
  readonly order: OrderOf
  /** Where each of its containers belongs, by name. */
  readonly placement: ReadonlyMap<string, Placement>
  readonly volumes: readonly VolumeTemplate[]
  readonly initContainers: readonly NamedTemplate[]
  readonly containers: readonly NamedTemplate[]
  readonly appContainers: readonly AppContainersTemplate[]
  readonly pod: Readonly<Partial<Record<PodField, Template>>>
  readonly onConflict: 'deny' | 'keep'
  /** What experience says against it, with the field paths; no refusal. */
  readonly advice: readonly Problem[]
}

export interface Requirement {
  readonly expression: Expression
  readonly message: string
  readonly otherwise: 'skip' | 'deny'
}

/** A container, whose name is no expression. */
export interface NamedTemplate {
  readonly name: string
  readonly body: Template
}

export interface VolumeTemplate {
  readonly body: Template
  /** Where an app container may mount a volume already, to be used instead of this one. */
  readonly adopt?: Template
}

export interface AppContainersTemplate {
  readonly select: 'all' | 'first' | readonly string[] | Expression
  readonly env: readonly Template[]
  readonly envFrom: readonly Template[]
  readonly volumeMounts: readonly Template[]
}
