import type { Edit } from '../../protocol.ts'
import type { Store } from '../state.ts'

/** Sets an annotation of the chosen workload, or removes it if there is no value. */
export type WriteAnnotation = (key: string, value: string | undefined) => void

/**
 * Writes annotations into the manifest, one after the other. For one annotation, the value that was asked for last counts:
 * people type faster than a worker that is busy answers.
 */
export function annotationWriter(store: Store): WriteAnnotation {
  const wanted = new Map<string, string | undefined>()
  let isWriting = false

  async function write(): Promise<void> {
    if (isWriting) return
    isWriting = true
    while (wanted.size > 0) {
      const [[key, value] = ['', undefined]] = wanted
      const { manifest, workload, answer } = store.state
      const reply = await store
        .ask('setAnnotation', answer?.workloads[workload] ? workload : 0, key, value)
        .catch((error: Error) => ({ problem: error.message }))
      // The edits are of a text that is no longer there: ask again.
      if (store.state.manifest !== manifest) continue
      if (wanted.get(key) === value) wanted.delete(key)
      if ('problem' in reply) store.set({ notice: { text: `${key} cannot be written: ${reply.problem}.` } })
      else store.set({ manifest: afterEdits(manifest, reply.edits) })
    }
    isWriting = false
  }

  return (key, value) => {
    wanted.set(key, value)
    void write()
  }
}

/** A text after edits of different places in it. */
export function afterEdits(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text)
}
