import { defineConfig } from 'vitest/config'
import { seedOf } from './test/seed.ts'

/**
 * No file is isolated from the others of its project: a worker loads the sources once, not once a file. Tests put
 * back what they change of the process. Projects run in the order of their names: what waits for servers goes first.
 */
export default defineConfig({
  test: {
    isolate: false,
    // No test uses the cluster of the developer's kubeconfig; all workers draw random input from one seed.
    env: { KUBECONFIG: '/dev/null', PILLION_SEED: String(seedOf(process.env)) },
    setupFiles: ['test/seed.setup.ts'],
    // What is slow on a quiet machine takes minutes on a busy one, and that is no failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // One more than cores: the tests of the API server wait more than they compute.
    maxWorkers: '150%',
    projects: [
      {
        extends: true,
        plugins: [withoutCoverage()],
        test: { name: 'api-server', include: ['test/{apiserver,chart,alerts}/**/*.test.ts'] },
      },
      {
        extends: true,
        plugins: [withoutCoverage()],
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/chromium.setup.ts'],
        },
      },
      {
        extends: true,
        plugins: [withoutCoverage()],
        test: {
          name: 'others',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{apiserver,chart,alerts,browser,e2e}/**', 'test/faults/processes/**'],
        },
      },
      { extends: true, test: { name: 'units', include: ['src/**/*.test.ts'] } },
    ],
    coverage: {
      include: ['src/{limits,problems,json,order,template,profile,engine}/**/*.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
})

/** The unit tests alone have to cover the sources. The laws would take half as long again. */
function withoutCoverage() {
  return {
    name: 'without coverage',
    configureVitest({ project }: { project: { config: { coverage: object } } }) {
      project.config.coverage = { ...project.config.coverage, enabled: false }
    },
  }
}
