import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const tool = join(import.meta.dirname, '../tools/kind.ts')

/** The rest of what it does is in test/e2e/chart.test.ts. */
it('npm run kind names every program that is missing, and how to get it', async () => {
  const failed = await promisify(execFile)(process.execPath, [tool], { env: { PATH: '/none' } }).catch(
    error => error,
  )
  expect(failed).toMatchObject({ code: 1, stdout: '' })
  expect(failed.stderr.split('\n')).toEqual([
    expect.stringMatching(/^no Docker daemon answers; see https:/),
    expect.stringMatching(/^there is no kind; .*https:/),
    expect.stringMatching(/^there is no kubectl; see https:/),
    expect.stringMatching(/^there is no helm; see https:/),
    '',
  ])
})
