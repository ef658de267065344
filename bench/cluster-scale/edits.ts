import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { reviewOf } from '../bodies/bodies.ts'
import { podOf } from '../bodies/pod.ts'
import type { Client } from './client.ts'
import { profilesPath } from './objects.ts'

/** Makes edits of profiles, each one different, in turn. */
export function editorOf({ request }: Pick<ApiServer, 'request'>, names: readonly string[]) {
  let edits = 0

  /** Changes a label that a profile gives; resolves with both when the API server has it. */
  async function edit(): Promise<{ readonly profile: string; readonly label: string }> {
    const profile = names[edits % names.length] ?? ''
    edits += 1
    const label = `edit-${edits}`
    const change = { spec: { pod: { labels: { 'example.com/edit': label } } } }
    const { status } = await request('PATCH', `${profilesPath}/${profile}`, change)
    if (status !== 200) throw new Error(`the edit was refused with ${status}`)
    return { profile, label }
  }

  return {
    /** From the API server's answer to an edit until a Pod gets the edited profile, in milliseconds; so many samples. */
    async inForceMs(client: Client, count: number): Promise<readonly number[]> {
      const samples: number[] = []
      for (let i = 0; i < count; i++) {
        const { profile, label } = await edit()
        const start = performance.now()
        const review = reviewOf(podOf({ profiles: [profile] }))
        while (!(await client.patchFor(review)).includes(label)) {
          if (performance.now() - start > 10_000) throw new Error(`${label} is not in force after 10 s`)
          await sleep(1)
        }
        samples.push(performance.now() - start)
      }
      return samples
    },

    /** Edits until `during` has ended; gives what that gave, and how many edits there were. */
    async editing<T>(
      perSecond: number,
      during: () => Promise<T>,
    ): Promise<{ readonly result: T; readonly edits: number }> {
      const before = edits
      let isOver = false
      const result = during().finally(() => {
        isOver = true
      })
      for (const start = performance.now(); !isOver; ) {
        const due = start + ((edits - before + 1) * 1_000) / perSecond
        await sleep(Math.max(0, due - performance.now()))
        if (!isOver) await edit()
      }
      return { result: await result, edits: edits - before }
    },
  }
}
