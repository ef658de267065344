import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/**
 * Does the work when what it makes is not there, as the only process that does; the others wait until it is
 * there, or take over when that process is gone. Two may still work at once when their process ids mean
 * nothing to each other (containers that share a home): let the work end in one rename.
 */
export async function exclusively(lock: string, result: string, work: () => Promise<void>): Promise<void> {
  for (let hasTold = false; !existsSync(result); hasTold = true) {
    const held = await take(lock)
    if (held) {
      try {
        if (!existsSync(result)) await work()
      } finally {
        await release(held)
      }
    } else {
      if (!hasTold) process.stderr.write(`waiting for the process that makes ${result}\n`)
      await setTimeout(500)
    }
  }
}

/**
 * The lock is the first of the files `<lock>.1`, `<lock>.2`, … whose process lives; each holds a process id.
 * Nobody removes what a dead process left but the one who holds the next: to remove and then take it would
 * let two who see it at the same time remove each other's. Gives the files to remove, or undefined.
 */
async function take(lock: string): Promise<string[] | undefined> {
  const files: string[] = []
  for (;;) {
    const file = `${lock}.${files.length + 1}`
    files.push(file)
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return files
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (!(await isLeftByTheDead(file))) return undefined
  }
}

/** The dead ones first: whoever then takes the first file holds the lock, and ours is nobody's concern. */
async function release(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true })
}

async function isLeftByTheDead(file: string): Promise<boolean> {
  try {
    // Not yet written, it is empty, which makes 0: our own process group, and that lives.
    return !isRunning(Number(await readFile(file, 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false // released just now
    throw error
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
