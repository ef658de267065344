import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A process of its own: `node throttle.ts PID PERCENT`. Stops a process for the rest of each 100 ms as soon as it has used
 * that share of them as CPU time, as the kernel does with a container that has a CPU limit. It needs no permissions, and the
 * time that the process waits for a busy machine does not count. Ends with that process.
 * https://docs.kernel.org/scheduler/sched-bwc.html
 */
const [pid = 0, percent = 100] = process.argv.slice(2).map(Number)
const periodMs = 100
const quotaMs = (periodMs * percent) / 100

let periods = 0
let stopped = 0

process.once('SIGTERM', () => {
  send('SIGCONT')
  console.error(`throttled in ${stopped} of ${periods} periods`)
  process.exit()
})

for (let allowedMs = usedMs() + quotaMs; ; ) {
  const end = performance.now() + periodMs
  while (performance.now() < end && usedMs() < allowedMs) await sleep(2)
  periods++
  if (performance.now() < end) {
    stopped++
    send('SIGSTOP')
    await sleep(end - performance.now())
    send('SIGCONT')
  }
  // What it did not use is lost; what it used too much counts for the next period.
  allowedMs = Math.min(usedMs(), allowedMs) + quotaMs
}

/** CPU time of all threads so far. The first number of `schedstat` is in nanoseconds. */
function usedMs(): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return (
      threads.reduce(
        (sum, thread) =>
          sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
        0,
      ) / 1e6
    )
  } catch {
    return process.exit()
  }
}

function send(signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    process.exit()
  }
}
