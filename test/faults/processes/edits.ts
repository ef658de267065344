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
export function edit({ server, plans }: World, everyMs = 1_000): Edits {
  const path = `${profilePaths.ClusterSidecarProfile}/log-tail`
  const stopping = new AbortController()
  const { signal } = stopping
  let count = 0
  let last = ''
  const run = async () => {
    while (!signal.aborted) {
      const { body } = await server.request<JsonObject & { spec: JsonObject }>('GET', path)
      const value = `edit-${Date.now()}-${count++}`
      const pod = { annotations: { [editKey]: value } }
      // Before it is stored, so that no Pod has it sooner.
      plans.add({ ...body, spec: { ...body.spec, pod } })
      const { status } = await server.request('PATCH', path, { spec: { pod } })
      if (status !== 200) throw new Error(`the API server refused the edit with ${status}`)
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
