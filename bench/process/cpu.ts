import { readFile } from 'node:fs/promises'

/**
 * What a process used until now in user and kernel mode, all threads, in milliseconds; in steps of 10.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name, in parentheses, and may hold both spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [fields[11], fields[12]]
  return (Number(userTicks) + Number(systemTicks)) * 10
}
