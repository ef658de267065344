import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonical } from '../../json/json.ts'
import type { Profile } from '../profile.ts'
import type { Workload } from './workload.ts'

/**
 * A number from 0 to less than 100 for a workload and a profile: the workload is in the canary if the number is less than the
 * percentage. It does not depend on the revision, so a higher percentage only adds workloads, and a workload is not always
 * among the first ones for every profile.
 */
export function bucketOf(
  { kind, namespace = '', name }: Pick<Profile, 'kind' | 'namespace' | 'name'>,
  { namespace: of, workload }: { readonly namespace: string; readonly workload: Workload },
): number {
  const key = canonical([kind, namespace, name, of, workload.kind, workload.name])
  const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(key))
  return ((((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32) * 100
}
