import { readFile } from 'node:fs/promises'

/**
 * Milliseconds of CPU that all threads of a process have used, in user and kernel mode, in steps of 10. Unlike
 * time, it says little about what else the machine does.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses, which can contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [fields[11], fields[12]]
  return (Number(userTicks) + Number(systemTicks)) * 10
}
