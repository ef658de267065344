import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    // The laws take seconds on a quiet machine; on a busy one that is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['src/{limits,problems,json,order,template,profile,engine}/**/*.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
})
