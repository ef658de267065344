import { registerHooks } from 'node:module'

/**
 * What a test file registers with `describe` and `it`, kept, so that the tests run again and again in one process, without
 * loading the code again. `vitest.ts` stands in for the package while test files are loaded.
 */
export interface Test {
  readonly file: string
  readonly name: string
  readonly run: () => unknown
  readonly suite: Suite
}

export interface Suite {
  readonly name: string
  readonly parent: Suite | undefined
  readonly beforeAll: Hook[]
  readonly afterAll: Hook[]
  readonly beforeEach: Hook[]
  readonly afterEach: Hook[]
}

type Hook = () => unknown

export const tests: Test[] = []
export let suite: Suite = newSuite('', undefined)
let currentFile = ''

/** Loads test files: their tests are in `tests` then. */
export async function load(files: readonly string[], urlOf: (file: string) => string): Promise<void> {
  const standIn = new URL('vitest.ts', import.meta.url).href
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'vitest' && context.parentURL !== standIn
        ? { url: standIn, shortCircuit: true }
        : next(specifier, context),
  })
  for (const file of files) {
    currentFile = file
    suite = newSuite('', undefined)
    await import(urlOf(file))
  }
  hooks.deregister()
}

export function describeSuite(name: string, body: () => void): void {
  const outer = suite
  suite = newSuite(name, outer)
  body()
  suite = outer
}

export function addTest(name: string, run: () => unknown): void {
  tests.push({ file: currentFile, name: [...namesOf(suite), name].join(' > '), run, suite })
}

/** The suites around a test, the outermost first. */
export function suitesOf(inner: Suite): readonly Suite[] {
  return inner.parent ? [...suitesOf(inner.parent), inner] : [inner]
}

function namesOf(inner: Suite): readonly string[] {
  return suitesOf(inner).flatMap(({ name }) => (name === '' ? [] : [name]))
}

function newSuite(name: string, parent: Suite | undefined): Suite {
  return { name, parent, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] }
}
