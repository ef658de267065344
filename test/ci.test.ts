import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Runs .ci/run in a directory of its own, where npm is this script and vitest runs these tests. */
function runWith(npm: string, tests: Readonly<Record<string, string>> = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pillion-ci-')))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const [checkout, modules] = [join(directory, 'checkout'), join(root, 'node_modules')]
  cpSync(join(root, '.ci'), join(checkout, '.ci'), { recursive: true })
  for (const [file, text] of Object.entries(tests)) writeFileSync(join(checkout, file), text)
  mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true })
  symlinkSync(join(modules, 'vitest'), join(checkout, 'node_modules/vitest'))
  const own = join(checkout, 'node_modules/.bin/npm')
  writeFileSync(own, `#!/bin/bash\nPATH=${join(modules, '.bin')}:$PATH\n${npm}`)
  chmodSync(own, 0o755)
  const { stdout, status } = spawnSync('bash', [join(checkout, '.ci/run')], { encoding: 'utf8' })
  const lines = stdout.trimEnd().split('\n')
  // What is said before each part ends is what its command printed.
  const end = lines.slice(lines.findLastIndex(line => /^== npm run e2e: exit code/.test(line)) + 1)
  return { end, status }
}

// Each part is what npm would run; the tests are run by vitest itself.
it('the end of a run in CI names each test that failed, its file and its message', () => {
  const { end, status } = runWith(
    `case "$*" in
      test*) shift 2; vitest run "$@" ;;
      "run fuzz"*) printf 'finding: forged, seed 4711: step 1 (review): no answer\\n  kept as a.json\\nfuzz: 9 passed, 1 failed\\n'; exit 1 ;;
      "run e2e"*) echo "kind is not there"; exit 3 ;;
    esac`,
    {
      'a.test.ts': `import { describe, expect, it } from 'vitest'
        describe('the sum', () => { it('is 3', () => expect(1 + 1, 'of two').toBe(3)); it('is 2', () => {}) })`,
      'b.test.ts': 'throw new Error("cannot be loaded")',
    },
  )
  expect(status).toBe(1)
  expect(end.join('\n')).toMatchInlineSnapshot(`
    "== npm test failed
    FAILED a.test.ts > the sum is 3
        AssertionError: of two: expected 2 to be 3 // Object.is equality
            at a.test.ts:2:78
    FAILED b.test.ts
        cannot be loaded
    == npm run fuzz failed
    FUZZ finding: forged, seed 4711: step 1 (review): no answer
    FUZZ   kept as a.json
    == npm run e2e failed
    kind is not there
    10 passed, 3 failed"
  `)
})

it('the end of a run in CI where all passed is the count alone', () => {
  const { end, status } = runWith(`case "$*" in "run fuzz"*) echo 'fuzz: 9 passed, 0 failed' ;; esac`)
  expect({ end, status }).toEqual({ end: ['9 passed, 0 failed'], status: 0 })
})
