import { setTimeout as sleep } from 'node:timers/promises'
import { allowed } from './allowed.ts'
import { calm, canaries } from './canary.ts'
import type { PortAct } from './port.ts'
import { perform, tooMany } from './port-acts.ts'
import type { Replica } from './replica.ts'

/** How often an act is done: what it leaves must not add up. */
export const timesOfAct = 3

/**
 * Whatever comes to the port: others get their answers meanwhile and afterwards, and neither a connection nor memory remains.
 * The first time, code is compiled, which stays.
 */
export async function checkPort(act: PortAct, replica: Replica, say: (what: string) => void): Promise<void> {
  const files = replica.openFiles()
  let before = 0
  for (let i = 0; i < timesOfAct && replica.isAlive(); i++) {
    const performed = perform(act, replica)
    for (const problem of await canaries(replica)) say(problem)
    for (const received of await performed) {
      if (received.includes('HTTP/1.1 500')) say(`a bug: ${received.slice(0, 300)}`)
      if (tooMany(act, received)) say(`more answers than requests: ${received.slice(0, 300)}`)
    }
    if (replica.isAlive() && !(await comesBack(replica, files)))
      say(`${replica.openFiles() - files} connections stay open`)
    await calm(replica)
    if (i === 0 && replica.isAlive()) before = await replica.remainingMegabytes()
  }
  if (!replica.isAlive()) return
  const remaining = (await replica.remainingMegabytes()) - before
  if (remaining > allowed.remainingMegabytes) say(`${remaining.toFixed(1)} MB remain`)
}

/** Whether the connections that were opened are closed. One or two may belong to what the replica does all the time. */
async function comesBack(replica: Replica, files: number): Promise<boolean> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(20))
    if (replica.openFiles() <= files + 2) return true
  return false
}
