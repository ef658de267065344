import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner'
import type { Suite, Test } from './collected.ts'

/** Unit tests of the code that decides. What they judge is in the same folders. */
const testFiles = 'src/{limits,problems,json,order,template,profile,engine,admission}/**/*.test.ts'

/** Tests near the limits, which take seconds, and reach everything. */
const tooSlow = ['src/profile/profile-worst.test.ts', 'src/engine/plan/kept.test.ts']

/**
 * Runs the tests for Stryker in one process that loads all code once: a mutant takes milliseconds instead of the second that
 * Vitest needs to start. A mutant is active only while tests run, so that what is kept from one mutant could
 * reach the next one. Therefore a test that failed runs again without the mutant: if it fails then, the process ends, and
 * Stryker tries the mutant in a new one.
 */
class InProcessRunner implements TestRunner {
  private readonly byId = new Map<string, Test>()
  private readonly timeMs = new Map<string, number>()
  private mutants = 0
  private isSpoilt = false

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    Object.assign(process.env, { KUBECONFIG: '/dev/null', PILLION_SEED: '1' })
    const root = process.cwd()
    await import(pathToFileURL(join(root, 'test/seed.setup.ts')).href)
    const { load, tests } = await import('./collected.ts')
    await load(globSync(testFiles, { cwd: root, exclude: tooSlow }).sort(), urlOf)
    for (const test of tests) {
      const id = `${test.file}#${test.name}`
      this.byId.set(this.byId.has(id) ? `${id} ${this.byId.size}` : id, test)
    }
  }

  /** Runs the tests that load one of the files to be mutated. */
  async dryRun({ files = [] }: DryRunOptions): Promise<DryRunResult> {
    const { loadedBy } = await import('./collected.ts')
    const context = shared
    context.activeMutant = undefined
    const results: TestResult[] = []
    const mutated = new Set(files.map(urlOf))
    const isNear = new Map<string, boolean>()
    for (const [id, test] of this.byId) {
      if (!isNear.has(test.file)) isNear.set(test.file, !loadedBy(urlOf(test.file)).isDisjointFrom(mutated))
      if (!isNear.get(test.file)) continue
      context.currentTestId = id
      const start = performance.now()
      const failure = await run(test)
      const timeSpentMs = performance.now() - start
      context.currentTestId = undefined
      const base = { id, name: test.name, fileName: resolve(test.file), timeSpentMs }
      results.push(
        failure === undefined
          ? { ...base, status: TestStatus.Success }
          : { ...base, status: TestStatus.Failed, failureMessage: failure },
      )
    }
    return {
      status: DryRunStatus.Complete,
      tests: results,
      mutantCoverage: context.mutantCoverage ?? { static: {}, perTest: {} },
    }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    if (this.isSpoilt) throw new Error('a mutant before this one left something behind')
    this.mutants += 1
    const context = shared
    context.hitCount = 0
    context.hitLimit = hitLimit
    const ids = testFilter ?? [...this.byId.keys()]
    let nrOfTests = 0
    for (const id of ids.toSorted((a, b) => this.expectedMs(a) - this.expectedMs(b))) {
      const test = this.byId.get(id)
      if (!test) throw new Error(`there is no test ${id}`)
      nrOfTests += 1
      context.activeMutant = activeMutant.id
      const start = performance.now()
      const failure = await run(test)
      context.activeMutant = undefined
      if (hitLimit !== undefined && (context.hitCount ?? 0) > hitLimit) {
        this.isSpoilt = true
        return {
          status: MutantRunStatus.Timeout,
          reason: `Hit limit reached (${context.hitCount}/${hitLimit})`,
        }
      }
      if (failure === undefined) {
        this.timeMs.set(id, performance.now() - start)
        continue
      }
      context.hitLimit = undefined
      this.isSpoilt = (await run(test)) !== undefined
      if (this.isSpoilt && this.mutants > 1) throw new Error('the test fails without the mutant, too')
      return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage: failure, nrOfTests }
    }
    return { status: MutantRunStatus.Survived, nrOfTests }
  }

  /** Quick tests come first: most mutants are killed by one of them. */
  private expectedMs(id: string): number {
    return this.timeMs.get(id) ?? 5
  }
}

function urlOf(file: string): string {
  return pathToFileURL(resolve(file)).href
}

/** Runs a test with the hooks around it. Its failure, or `undefined`. */
async function run(test: Test): Promise<string | undefined> {
  const { suitesOf } = await import('./collected.ts')
  const { finished } = await import('./vitest.ts')
  const suites = suitesOf(test.suite)
  try {
    for (const suite of suites) await all([...suite.beforeAll, ...suite.beforeEach])
    await test.run()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await all(finished.splice(0).reverse())
    for (const suite of suites.toReversed()) await all([...suite.afterEach, ...suite.afterAll])
  }
}

async function all(hooks: Suite['beforeAll']): Promise<void> {
  for (const hook of hooks) await hook()
}

/** What instrumented code and Stryker share. */
const shared: InstrumenterContext = {}
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: shared })

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)]
