import type { Metadata, Pod } from '../pod.ts'

/** A Pod that runs, as near as can be to what was sent: without what is known only of a Pod that was stored and runs. */
export function asCreated({ status: _, spec, metadata = {}, ...rest }: Pod): Pod {
  const { nodeName: __, ...submitted } = spec ?? {}
  const gone: readonly string[] = [...stored, ...(metadata.generateName ? ['name'] : [])]
  const kept = Object.entries(metadata).filter(([field]) => !gone.includes(field))
  return { ...rest, metadata: Object.fromEntries(kept) as Metadata, spec: submitted }
}

const stored = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields']
