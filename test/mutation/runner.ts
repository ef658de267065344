import { globSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
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

/** A test that takes more CPU judges no mutant: it reaches most of the code, and a survivor would run it each time. */
const mostCpuMs = 100

/**
 * All tests in the folder of a mutant judge it, if they reach it. Of the other tests that reach it, so many judge it, the likeliest
 * first, and more of them as long as all take no more CPU than that. A survivor runs all of these, so they decide how long a run
 * takes.
 */
const fewestTests = 60
const enoughCpuMs = 500

/**
 * Runs the tests for Stryker in one process that loads all code once: a mutant takes milliseconds instead of the second that
 * Vitest needs to start. A mutant is active only while tests run, so that what is kept from one mutant could
 * reach the next one. Therefore a test that failed runs again without the mutant: if it fails then, the process ends, and
 * Stryker tries the mutant in a new one.
 */
class InProcessRunner implements TestRunner {
  private readonly byId = new Map<string, Test>()
  private readonly timeMs = new Map<string, number>()
  /** For each source, the tests that killed a mutant of it, with the number of the last one. */
  private readonly killers = new Map<string, Map<string, number>>()
  /** How many mutants each test killed. */
  private readonly kills = new Map<string, number>()
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
    const files = globSync(`${process.env['PILLION_MUTATED']}/**/*.test.ts`, { cwd: root })
    await load(files.sort(), file => pathToFileURL(resolve(file)).href)
    for (const test of tests) {
      const id = `${test.file}#${test.name}`
      this.byId.set(this.byId.has(id) ? `${id} ${this.byId.size}` : id, test)
    }
  }

  async dryRun(): Promise<DryRunResult> {
    const context = shared
    context.activeMutant = undefined
    const results: TestResult[] = []
    for (const [id, test] of this.byId) {
      context.currentTestId = id
      const start = performance.now()
      let cpu = process.cpuUsage()
      let failure = await run(test)
      if (userMs(cpu) > mostCpuMs) {
        // The first time includes compilation of the code by V8.
        cpu = process.cpuUsage()
        failure ??= await run(test)
      }
      const timeSpentMs = performance.now() - start
      context.currentTestId = undefined
      if (userMs(cpu) > mostCpuMs) {
        delete context.mutantCoverage?.perTest[id]
        continue
      }
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

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, hitLimit, sandboxFileName } = options
    if (this.isSpoilt) throw new Error('a mutant before this one left something behind')
    this.mutants += 1
    const context = shared
    context.hitCount = 0
    context.hitLimit = hitLimit
    const ids = testFilter ?? [...this.byId.keys()]
    let nrOfTests = 0
    let nrOfOthers = 0
    const source = relative(process.cwd(), sandboxFileName)
    const cpu = process.cpuUsage()
    for (const id of this.mostLikelyFirst(ids, source)) {
      const test = this.byId.get(id)
      if (!test) throw new Error(`there is no test ${id}`)
      if (!isNeighbour(test, source)) {
        if (nrOfOthers >= fewestTests && userMs(cpu) > enoughCpuMs) break
        nrOfOthers += 1
      }
      nrOfTests += 1
      context.activeMutant = activeMutant.id
      const start = performance.now()
      const failure = await run(test)
      context.activeMutant = undefined
      const hits = context.hitCount
      if (failure === undefined) {
        this.timeMs.set(id, performance.now() - start)
        continue
      }
      context.hitLimit = undefined
      this.killersOf(source).set(id, this.mutants)
      this.kills.set(id, (this.kills.get(id) ?? 0) + 1)
      this.isSpoilt = (await run(test)) !== undefined
      if (this.isSpoilt && this.mutants > 1) throw new Error(`the test fails without the mutant, too: ${id}`)
      return hitLimit !== undefined && hits > hitLimit
        ? { status: MutantRunStatus.Timeout, reason: `Hit limit reached (${hits}/${hitLimit})` }
        : { status: MutantRunStatus.Killed, killedBy: [id], failureMessage: failure, nrOfTests }
    }
    return { status: MutantRunStatus.Survived, nrOfTests }
  }

  /**
   * First the tests in the folder of this source, because they are about it. In both parts, first the tests that killed a mutant of
   * this source, the last one first. Then the test of each file that killed most mutants or is the quickest, then the second of
   * each file, and so on: tests of one file are alike.
   */
  private mostLikelyFirst(ids: readonly string[], source: string): readonly string[] {
    const killers = this.killersOf(source)
    const [known, others] = [ids.filter(id => killers.has(id)), ids.filter(id => !killers.has(id))]
    const value = (id: string) => [this.kills.get(id) ?? 0, -(this.timeMs.get(id) ?? 5)] as const
    const best = (a: string, b: string) => value(b)[0] - value(a)[0] || value(b)[1] - value(a)[1]
    const byFile = Map.groupBy(others, id => this.byId.get(id)?.file)
    const rank = new Map([...byFile.values()].flatMap(all => all.sort(best).map((id, i) => [id, i] as const)))
    const inOrder = [
      ...known.sort((a, b) => killers.get(b)! - killers.get(a)!),
      ...others.sort((a, b) => rank.get(a)! - rank.get(b)! || best(a, b)),
    ]
    const isNear = (id: string) => isNeighbour(this.byId.get(id), source)
    return [...inOrder.filter(isNear), ...inOrder.filter(id => !isNear(id))]
  }

  private killersOf(source: string): Map<string, number> {
    const killers = this.killers.get(source) ?? new Map<string, number>()
    this.killers.set(source, killers)
    return killers
  }
}

function isNeighbour(test: Test | undefined, source: string): boolean {
  return test !== undefined && dirname(test.file) === dirname(source)
}

function userMs(since: NodeJS.CpuUsage): number {
  return process.cpuUsage(since).user / 1_000
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
