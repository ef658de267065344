import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'

const from = (module: string) => JSON.stringify(join(import.meta.dirname, module))

/** A process that runs this with a `log` on its standard output; nobody reads that yet. */
function logging(program: string) {
  const source = `
    import { createLog, droppedLine } from ${from('log.ts')}
    import { standardOutput } from ${from('standard-output.ts')}
    const output = standardOutput(droppedLine)
    const log = createLog('info', output)
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source])
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function linesOf(child: ReturnType<typeof logging>): Promise<Record<string, unknown>[]> {
  return linesIn(await text(child.stdout))
}

function linesIn(log: string): Record<string, unknown>[] {
  return log
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

it.each([
  ['right before the end', 100, 'process.exit(3)'],
  ['and all of many', 50_000, 'await output.flushed(); process.exit(3)'],
])('the log has every line in order, %s', async (_, count, end) => {
  const child = logging(`for (let n = 0; n < ${count}; n++) log.info({ n }, 'decided'); ${end}`)
  const [lines, [code]] = await Promise.all([linesOf(child), once(child, 'exit')])
  expect(lines.map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, n) => n))
  expect(code).toBe(3)
})

it.each(['process.exit(3)', 'output.flushed().then(() => process.exit(3))'])(
  'a reader who is gone keeps nobody: %s',
  async end => {
    const child = logging(`
      log.info('serving')
      process.stdin.on('data', () => {
        for (let n = 0; n < 1_000; n++) log.info({ n }, 'decided')
        ${end}
      })`)
    await once(child.stdout, 'data')
    child.stdout.destroy()
    child.stdin.write('go on')
    const [code] = await once(child, 'exit')
    expect(code).toBe(3)
  },
)

it('a few lines are there in a moment', async () => {
  const child = logging('log.info("serving"); setInterval(() => {}, 1_000)')
  const [line] = await once(child.stdout, 'data')
  expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'serving', time: expect.any(String) })
})

it('the log goes on when its disk has room again, and the lines that were dropped are counted', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-log-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'log')
  const source = `
    import { closeSync, openSync, statSync } from 'node:fs'
    import { createLog, droppedLine } from ${from('log.ts')}
    import { standardOutput } from ${from('standard-output.ts')}
    // Every write fails with ENOSPC.
    const fd = openSync('/dev/full', 'w')
    const output = standardOutput(droppedLine, fd)
    const log = createLog('info', output)
    const padding = 'x'.repeat(1_000)
    log.info({ n: -1 }, 'decided')
    await output.flushed()
    for (let n = 0; n < 10_000; n++) log.info({ n, padding }, 'decided')
    await output.flushed()
    closeSync(fd)
    if (openSync(${JSON.stringify(file)}, 'w') !== fd) throw new Error('another file is open there')
    // The write that failed is repeated, without another line.
    const looking = setInterval(() => {
      if (statSync(${JSON.stringify(file)}).size === 0) return
      clearInterval(looking)
      output.flushed().then(() => process.exit())
    }, 20)
    console.log(log.dropped())`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [dropped] = await linesOf(child)
  const lines = linesIn(await readFile(file, 'utf8'))
  const kept = lines.filter(({ msg }) => msg === 'decided').map(({ n }) => n)
  expect(dropped).toBeGreaterThan(1_000)
  expect(kept).toEqual(Array.from({ length: 10_001 - Number(dropped) }, (_, index) => index - 1))
  expect(lines.filter(({ msg }) => msg !== 'decided')).toMatchObject([{ level: 'warn', dropped }])
})

it('nobody waits for a reader who does not read, and the lines that were dropped are counted', async () => {
  const child = logging(`
    const padding = 'x'.repeat(1_000)
    for (let n = 0; n < 10_000; n++) log.info({ padding }, 'decided')
    console.error('went on')
    process.stdin.on('data', () => output.flushed().then(() => process.exit()))
  `)
  await once(child.stderr, 'data')
  const reading = linesOf(child)
  child.stdin.write('read')
  const lines = await reading
  const kept = lines.filter(({ msg }) => msg === 'decided').length
  const dropped = lines.map(({ dropped = 0 }) => Number(dropped)).reduce((sum, count) => sum + count, 0)
  expect(dropped).toBeGreaterThan(5_000)
  expect(kept + dropped).toBe(10_000)
})
