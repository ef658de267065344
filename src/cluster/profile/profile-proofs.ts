import type { JsonObject } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import type { Profile } from '../../profile/profile.ts'
import { type Api, describeError } from '../api/api.ts'
import { needsProof, provingIsOff } from './profile-conditions.ts'
import { type Proof, prove } from './proof.ts'

export interface ProveOptions {
  /** A Pod with a profile in it, or why there is none; undefined when nothing is to be proven. */
  readonly sample?:
    | ((profile: Profile) => { readonly pod: JsonObject } | { readonly missing: string })
    | undefined
  /** Where the Pods are tried: the server's own. */
  readonly namespace: string
  readonly signal: AbortSignal
}

/**
 * What the API server says of a Pod with a profile, where that is not known: undefined where it is. After so
 * many attempts without an answer it stays open: another webhook may be down for good.
 */
export function prover(api: Api, { sample, namespace, signal }: ProveOptions) {
  return async (verdict: Verdict, attempts: number): Promise<Proof | undefined> => {
    const { profile } = verdict
    if (!profile || !needsProof(verdict, sample !== undefined)) return undefined
    if (!sample) return provingIsOff
    const made = sampleOr(sample, profile)
    if ('missing' in made) return { outcome: 'unknown', message: made.missing }
    const proof = await prove(api, made.pod, { namespace, signal })
    return proof.outcome === 'later' && attempts >= maxAttempts && proof.isAnswer
      ? { outcome: 'unknown', message: proof.message }
      : proof
  }
}

const maxAttempts = 4

/** A profile that brings out a bug in the engine must not end the reports on all others. */
function sampleOr(sample: NonNullable<ProveOptions['sample']>, profile: Profile) {
  try {
    return sample(profile)
  } catch (error) {
    return { missing: `no Pod could be made with it: ${describeError(error)}` }
  }
}
