import { defineConfig } from 'vitest/config'

/** Faults at the level of processes: `npm run faults`. They need no Docker and no cluster. */
export default defineConfig({
  test: {
    include: ['test/faults/processes/**/*.test.ts'],
    // One after the other: each of them needs the whole machine.
    fileParallelism: false,
    isolate: false,
    hookTimeout: 300_000,
  },
})
