import { join } from 'node:path'
import { decide } from '../src/engine/decide.ts'
import type { Decision } from '../src/engine/decision.ts'
import type { Pod, Strings } from '../src/engine/pod.ts'
import { parseParameter } from '../src/profile/parameters.ts'
import type { Profile } from '../src/profile/profile.ts'
import { readProfiles } from '../src/server/profile-directory.ts'

/** The profiles that are in catalog/ when the tests run. */
export const { profiles: catalog } = await readProfiles(join(import.meta.dirname, '../catalog'))

/** The annotations that ask for a profile, with a value that it takes for every parameter without a default. */
export function askingFor({ name, parameters }: Profile): Strings {
  const chosen = Object.entries(parameters).flatMap(([parameter, declared]) => {
    if (declared.default !== undefined) return []
    const value = [...(declared.enum ?? []).map(String), ...values].find(
      candidate => 'value' in parseParameter(declared, candidate),
    )
    return value === undefined ? [] : [[`pillion.dev/${name}.${parameter}`, value]]
  })
  return { 'pillion.dev/inject': name, ...Object.fromEntries(chosen) }
}

/** Tried in turn, because a parameter can be asked only whether it takes a value. */
const values = [
  'sample',
  '1',
  '/sample',
  'sample.example.com',
  'sample.example.com:80',
  'http://sample:80',
  'true',
]

export function decideByCatalog(pod: Pod, kubernetesVersion = '1.34'): Decision {
  const namespace = { name: 'default', labels: {}, annotations: {} }
  const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }
  return decide({ pod, namespace, operation: 'CREATE' }, catalog, cluster)
}
