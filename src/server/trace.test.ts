import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { type Trace, traceOf } from './trace.ts'

/** The trace of what `fail` of a bundle throws, in a process of its own: in this one Vitest maps stacks. */
async function traceIn(bundle: string): Promise<Trace> {
  const program = `
    import { tracing } from ${JSON.stringify(join(import.meta.dirname, 'trace.ts'))}
    import { fail } from ${JSON.stringify(bundle)}
    try { fail() } catch (error) { console.log(JSON.stringify(tracing(${JSON.stringify(bundle)})(error))) }`
  const args = ['--input-type=module-typescript', '--eval', program]
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
}

async function bundled(sourcemap: boolean): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-trace-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const [source, outfile] = [join(directory, 'source.ts'), join(directory, 'bundle.mjs')]
  await writeFile(source, '\n\nexport function fail(): never {\n  throw new RangeError("a secret")\n}\n')
  await build({ entryPoints: [source], outfile, format: 'esm', minifyWhitespace: true, sourcemap })
  return outfile
}

it('a place in the bundle is one in our sources', async () => {
  const { error, at } = await traceIn(await bundled(true))
  expect({ error, at: at[0] }).toEqual({ error: 'RangeError', at: 'at fail (source.ts:4:9)' })
})

it('without a map it is what it is', async () => {
  const { at } = await traceIn(await bundled(false))
  expect(at[0]).toMatch(/^at fail \(.*bundle\.mjs:1:\d+\)$/)
})

it('says what kind of error it was, and never its message', () => {
  const trace = traceOf(new SyntaxError('a secret'))
  expect(trace.error).toBe('SyntaxError')
  expect(trace.at[0]).toContain('trace.test.ts')
  expect(JSON.stringify(trace)).not.toContain('secret')
})

it('is short of what is no error', () => {
  expect(traceOf('a secret')).toEqual({ error: 'string', at: [] })
})
