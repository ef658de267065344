import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf } from '../process/cpu.ts'

/** Resolves when a process has done next to nothing for a while; throws when it does not come to rest. */
export async function idle(pid: number): Promise<void> {
  const end = performance.now() + 180_000
  for (let rests = 0; rests < 3; ) {
    if (performance.now() > end) throw new Error(`process ${pid} does not come to rest`)
    const before = await cpuMsOf(pid)
    await sleep(2_000)
    rests = (await cpuMsOf(pid)) - before <= 40 ? rests + 1 : 0
  }
}
