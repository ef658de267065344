import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLab } from './lab.ts'
import { unpack } from './step.ts'
import { run } from './trial.ts'

const folder = join(import.meta.dirname, 'findings')
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

/** Inputs that once ended a replica, stopped it for seconds, or made it give a wrong answer: `npm run fuzz` found them. */
describe('what the fuzz found', () => {
  let directory: string
  let lab: Awaited<ReturnType<typeof openLab>>

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-findings-'))
    lab = await openLab({ directory, program: join(import.meta.dirname, '../../src/cli/main.ts') })
  })
  afterAll(async () => {
    await lab.close()
    await rm(directory, { recursive: true, force: true })
  })

  it.each(files)('%s does no harm any more', async file => {
    const kept = unpack(readFileSync(join(folder, file), 'utf8'))
    const first = await run(kept, lab)
    // On a busy machine a cold compiler may take longer; it does so once. Only a new replica has nothing kept.
    if (first.violations.length === 0) return
    await lab.replica.end()
    lab.replica = await lab.start()
    await lab.warm()
    expect((await run(kept, lab)).violations).toEqual([])
  })
})
