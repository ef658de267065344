import type { ResolvedParameter } from '../engine/decision.ts'
import type { Json } from '../json/json.ts'

/** Where a value of the resulting Pod comes from: from a profile, or from Pillion itself. */
export type Origin = ProfileOrigin | OwnOrigin

/** A part of a profile gave the value. */
export interface ProfileOrigin {
  /** Name of the profile. */
  readonly profile: string
  /** Revision of the profile. */
  readonly revision: string
  /**
   * JSON pointer in the profile object: `/spec/containers/0/env/1/value`. With a rule, this is the field that the rule is
   * about, and the profile may leave it out. The `value` of a constant `json` is named `/value`, because it is kept as text.
   */
  readonly pointer: string
  /** The expressions of this value, as written in the profile, with what each one gave; empty for a constant. */
  readonly expressions: readonly { readonly source: string; readonly value: Json }[]
  /** The `when` of the profile that were true, so that the value is there. */
  readonly conditions: readonly string[]
  /** The parameters that these expressions and conditions read. */
  readonly parameters: readonly ResolvedParameter[]
  /** Set if the value is not what the profile has at the pointer: the rule that made it. */
  readonly rule?: Rule
}

/** No single profile gave the value. */
export interface OwnOrigin {
  readonly rule: Rule
}

export type Rule = keyof typeof rules

/** Each rule as a sentence. */
export const rules = {
  native:
    'The containers of the profile run as native sidecars, which are init containers with restartPolicy: Always. The cluster has Kubernetes 1.29 or newer, and the profile does not have lifecycle: regular.',
  inherited:
    'The container inherits it from the app container, because inherit of the profile names the list.',
  adopted:
    'The app already mounts a volume at the path in adopt of the profile, so the volume of the app is used instead of the volume of the profile.',
  token: 'Containers get the mount of the service account token that the other containers of the Pod have.',
  status: 'The annotation lists what Pillion injected. pillion uninject needs it.',
  defaultContainer:
    'kubectl logs and kubectl exec use the first app container, although the Pod has more containers now.',
} as const
