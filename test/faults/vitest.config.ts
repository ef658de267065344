import { defineConfig } from 'vitest/config'

/** The tests that measure faults under load: `npm run soak`. Those of test/e2e/ create their cluster themselves. */
export default defineConfig({
  test: {
    include: ['test/e2e/faults*.test.ts', 'test/faults/**/*.test.ts'],
    // One after the other: each of them needs the whole machine.
    fileParallelism: false,
    isolate: false,
    env: { FAULT_SECONDS: process.env['FAULT_SECONDS'] ?? '600' },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
