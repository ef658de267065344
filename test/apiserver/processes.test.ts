import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProcesses } from './processes.ts'
import { until } from './until.ts'

describe('processes', () => {
  it('ends what it started, and the directory with it', async () => {
    const directory = await newDirectory()
    const processes = createProcesses(directory)
    const pid = await startSleeper(directory, processes.start)
    expect(isRunning(pid)).toBe(true)
    await processes.stop()
    expect({ running: isRunning(pid), directory: existsSync(directory) }).toEqual({
      running: false,
      directory: false,
    })
  })

  it('tells how a program died, with the end of its log', async () => {
    const processes = createProcesses(await newDirectory())
    await processes.start('sh', ['-c', 'seq 100; echo no such flag >&2; exit 3'])
    await expect(processes.died).rejects.toThrow(/^sh ended with exit code 3\n82\n(.*\n)+no such flag$/)
    await processes.stop()
  })

  it('tells that a program is not there', async () => {
    const processes = createProcesses(await newDirectory())
    await processes.start('/no/such/etcd', [])
    await expect(processes.died).rejects.toThrow('etcd spawn /no/such/etcd ENOENT')
    await processes.stop()
  })

  it('outlives nobody: a SIGKILL ends the programs and removes the directory too', async () => {
    const directory = await newDirectory()
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', ownerOf(directory)])
    const pid = await sleeperIn(directory)
    expect(isRunning(pid)).toBe(true)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    await until('the program has ended', 5000, async () => !isRunning(pid))
    await until('the directory is gone', 5000, async () => !existsSync(directory))
  })
})

const newDirectory = () => mkdtemp(join(tmpdir(), 'pillion-processes-'))

/** Writes its process id and then is a `sleep` of that id. */
const sleeper = ['-c', 'echo $$ > pid.new; mv pid.new pid; exec sleep 300']

async function startSleeper(directory: string, start: ReturnType<typeof createProcesses>['start']) {
  await start('sh', sleeper)
  return sleeperIn(directory)
}

async function sleeperIn(directory: string): Promise<number> {
  const file = join(directory, 'pid')
  await until('the program has told its process id', 10_000, async () => existsSync(file))
  return Number(await readFile(file, 'utf8'))
}

function ownerOf(directory: string): string {
  const module = new URL('processes.ts', import.meta.url).href
  return `
    const { createProcesses } = await import(${JSON.stringify(module)})
    await createProcesses(${JSON.stringify(directory)}).start('sh', ${JSON.stringify(sleeper)})
    setInterval(() => {}, 1000)`
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
