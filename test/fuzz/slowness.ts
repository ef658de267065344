/**
 * The factor by which this machine needs more CPU time for the same work than the machine on which the numbers of
 * allowed.ts were measured; at least 1. A busy machine also needs more CPU time for the same work.
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

/** CPU time of the work on a virtual machine with two cores, shared with other programs. */
const referenceMs = 40
