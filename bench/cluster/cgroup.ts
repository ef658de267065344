import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Of a container, as the kernel counts it against its limit. */
export interface MemoryUse {
  /** The most that there was, page cache among it, in MiB. */
  readonly peakMiB: number
  /** Processes that the kernel killed for want of memory. */
  readonly oomKills: number
}

/**
 * Of the cgroup that a process of this machine is in.
 * https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export async function memoryUseOf(pid: number): Promise<MemoryUse> {
  const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
  const [, v1] = /^\d+:memory:(.*)$/m.exec(cgroups) ?? []
  const [, v2 = ''] = /^0::(.*)$/m.exec(cgroups) ?? []
  const directory = v1 === undefined ? join('/sys/fs/cgroup', v2) : join('/sys/fs/cgroup/memory', v1)
  const [peakFile, killsFile] =
    v1 === undefined ? ['memory.peak', 'memory.events'] : ['memory.max_usage_in_bytes', 'memory.oom_control']
  const [peak, kills] = await Promise.all(
    [peakFile, killsFile].map(file => readFile(join(directory, file), 'utf8')),
  )
  return {
    peakMiB: Number(peak) / 1_024 ** 2,
    oomKills: Number(/^oom_kill (\d+)$/m.exec(kills ?? '')?.[1]),
  }
}
