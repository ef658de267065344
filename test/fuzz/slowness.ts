/**
 * How many times as much CPU as the machine that the numbers of allowed.ts are of this machine spends on the same work,
 * as busy as it is now: 1 where it is quicker. A core that is shared with others spends more CPU on the same work, too.
 */
export function slowness(): number {
  const start = process.threadCpuUsage()
  for (let i = 0; i < 40; i++) JSON.stringify(JSON.parse(text))
  const { user, system } = process.threadCpuUsage(start)
  return Math.max(1, (user + system) / 1_000 / referenceMs)
}

const text = JSON.stringify(
  Array.from({ length: 2_000 }, (_, i) => ({ name: `c${i}`, value: 'x'.repeat(50) })),
)

/** What the work takes on two cores of a cloud's virtual machine, with others at work. */
const referenceMs = 40
