/** CPU that this thread spends while it does something, in ms: the same on a busy machine as on a quiet one. */
export function cpuMsOf(act: () => void): number {
  const before = process.threadCpuUsage()
  act()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
