import { readFile } from 'node:fs/promises'

/** Of a process, in MB of 1,048,576 bytes. */
export interface Memory {
  /** Now, as the cgroup of a container counts it, but for the page cache. */
  readonly rssMb: number
  /** The most that there was. */
  readonly peakMb: number
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) =>
    Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1]) / 1_024
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }
}
