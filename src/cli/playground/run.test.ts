import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pillionWith } from '../recorded.fixture.ts'

describe('pillion playground', () => {
  it('prints where the page is, serves the profiles that it was told, and ends when it is told to', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-profiles-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'one.yaml'), 'kind: ClusterSidecarProfile\n')
    const child = spawn(process.execPath, [
      'src/cli/main.ts',
      'playground',
      '--port=0',
      '--profiles',
      directory,
    ])
    const said = text(child.stderr)
    const [first] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/)
    const page = await fetch(first.trim())
    expect({ status: page.status, text: await page.text() }).toEqual({
      status: 200,
      text: expect.stringContaining('<title>Pillion playground</title>'),
    })
    expect(await (await fetch(`${first.trim()}profiles.json`)).json()).toEqual({
      from: directory,
      flags: ['--profiles', directory],
      profiles: [{ file: join(directory, 'one.yaml'), text: 'kind: ClusterSidecarProfile\n' }],
    })
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await said).toBe(
      `The playground has the profiles of ${directory}, as they are now. Ctrl-C ends it.\n`,
    )
  })

  it.each([
    { args: ['--port', '70000'], says: /--port.*It must be a port: 0 to 65535/s },
    {
      args: ['--profiles', 'no-such-directory'],
      says: /no-such-directory: there is no such file or directory/,
    },
    { args: ['--context', 'none'], says: /none/ },
  ])('refuses $args with a sentence', async ({ args, says }) => {
    const { code, err } = await pillionWith(['playground', ...args])
    expect(code).toBe(2)
    expect(err).toMatch(says)
  })
})
