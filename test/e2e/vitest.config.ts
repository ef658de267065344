import { defineConfig } from 'vitest/config'
import { whatIsMissing } from '../../tools/kind/programs.ts'
import { InOrder } from './sequence.ts'

const [missing] = await whatIsMissing('docker', 'kind', 'kubectl')
if (missing !== undefined) {
  process.stderr.write(`e2e not run: ${missing}\n`)
  const isCi = !['', '0', 'false'].includes(process.env['CI'] ?? '')
  process.exit(isCi ? 1 : 0)
}

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    exclude: process.env['FAULT_SECONDS'] === '0' ? ['test/e2e/faults.test.ts'] : [],
    globalSetup: ['test/e2e/setup.ts'],
    // One after the other: they share a cluster, and one of them counts the webhook's calls.
    fileParallelism: false,
    isolate: false,
    sequence: { sequencer: InOrder },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
