import { setTimeout as sleep } from 'node:timers/promises'
import { profilePaths } from '../../../src/cluster/profile/profiles.ts'
import type { JsonObject } from '../../../src/json/json.ts'
import type { World } from './world.ts'

export interface Edits extends AsyncDisposable {
  /** The value of the annotation that the last revision adds. */
  last(): string
}

/** The annotation of a Pod that says which edit it got. */
export const editKey = 'example.com/edit'

/** Edits the profile log-tail once in that time, until the end of the scope. Pods may have any of the revisions. */
export function edit({ api, plans }: World, everyMs = 1_000): Edits {
  const path = `${profilePaths.ClusterSidecarProfile}/log-tail`
  const stopping = new AbortController()
  const { signal } = stopping
  let count = 0
  let last = ''
  const run = async () => {
    while (!signal.aborted) {
      const read = await api.request('GET', path)
      if (!read.ok) throw new Error(read.message)
      const value = `edit-${Date.now()}-${count++}`
      const spec = read.body['spec'] as JsonObject
      const pod = { ...(spec['pod'] as JsonObject), annotations: { [editKey]: value } }
      const edited: JsonObject = { ...read.body, spec: { ...spec, pod } }
      // Before it is stored, so that no Pod has it sooner.
      plans.add(edited)
      const written = await api.request('PUT', path, { body: edited })
      if (!written.ok) throw new Error(written.message)
      last = value
      await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }
  const running = run()
  running.catch(() => {}) // awaited at the end
  return {
    last: () => last,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}
