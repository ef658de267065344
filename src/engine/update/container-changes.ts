import { equal, type Json } from '../../json/json.ts'
import { listNames } from '../../problems/nearest.ts'
import { isSameMember, membersOf } from '../original/same.ts'
import { isNativeSidecar } from '../plan/containers.ts'
import type { Container } from '../pod.ts'
import { hasMinor } from '../render/render.ts'
import { amountChanges } from './amount-changes.ts'
import { type At, type Change, type ContainerList, foreign, immutable, obstacle } from './change.ts'
import type { Compared, Containers } from './compare.ts'

/** The fields of a container that differ. Images, CPU and memory can change while it runs. */
export function containerChanges(
  compared: Compared,
  list: ContainerList,
  { before, after }: { readonly before: Container; readonly after: Container },
): readonly Change[] {
  const { pod, claimed } = compared
  const { name } = before
  const field = `${list}[${listNames([name])}]`
  const differing = membersOf(before, after).filter(key => !isSameField(key, before[key], after[key]))
  if (differing.length === 0) return []
  const index = (pod.spec?.[list] ?? []).findIndex(container => container.name === name)
  const standing = pod.spec?.[list]?.[index]
  if (!standing) return [obstacle(field, 'the Pod does not have it')]
  if (!claimed[list]?.includes(name)) return [obstacle(field, 'the status of the Pod does not name it')]
  const containers = { before, after, standing }
  return differing
    .filter(key => key === 'resources' || !isSameField(key, standing[key], after[key]))
    .flatMap((key): readonly Change[] => {
      const of = `${field}.${key}`
      if (key === 'image') return [imageChange(compared, of, { list, index, name }, containers)]
      if (key === 'resources') return amountChanges(compared, of, { list, index, name }, containers)
      return [obstacle(of, immutable)]
    })
}

function isSameField(key: string, a: Json | undefined, b: Json | undefined): boolean {
  return key === 'imagePullPolicy' ? equal(a, b) : isSameMember(key, a, b)
}

function imageChange(
  { revision, cluster: { kubernetesVersion } }: Compared,
  field: string,
  container: At,
  { before, after, standing }: Containers,
): Change {
  if (container.list === 'initContainers' && !isNativeSidecar(standing))
    return obstacle(field, 'an init container runs once, before the others: a new image would not run')
  if (container.list === 'initContainers' && !hasMinor(kubernetesVersion, 32))
    return obstacle(
      field,
      `a native sidecar gets a new image only on Kubernetes 1.32 or newer, and this cluster is ${kubernetesVersion}`,
    )
  if (!before.image || !after.image) return obstacle(field, immutable)
  if (standing.image !== before.image) return obstacle(field, foreign(revision))
  return { is: 'image', field, container, from: before.image, to: after.image }
}
