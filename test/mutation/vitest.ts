import { expect, vi } from 'vitest'
import { addTest, describeSuite, suite } from './collected.ts'

/** Stands in for the package `vitest` in test files: registers what they declare. Only what these files use is here. */
export { expect, vi }

/** Options, which do not matter here, and the body: Vitest takes them in any order. */
type Rest = readonly (object | Body)[]
type Body = (...args: never[]) => unknown
type Register = (name: string, run: () => unknown) => void

export const it = Object.assign((name: string, ...rest: Rest) => addTest(name, () => bodyOf(rest)()), {
  each: each(addTest),
})

export const describe = Object.assign(
  (name: string, ...rest: Rest) => describeSuite(name, () => void bodyOf(rest)()),
  { each: each((name, run) => describeSuite(name, () => void run())) },
)

export const beforeAll = (hook: () => unknown) => void suite.beforeAll.push(hook)
export const afterAll = (hook: () => unknown) => void suite.afterAll.push(hook)
export const beforeEach = (hook: () => unknown) => void suite.beforeEach.push(hook)
export const afterEach = (hook: () => unknown) => void suite.afterEach.push(hook)

/** Hooks of the test that runs now. */
export const finished: (() => unknown)[] = []
export const onTestFinished = (hook: () => unknown) => void finished.push(hook)

/** As in Vitest, an array is the arguments, and each other case is the one argument. */
function each(register: Register) {
  return (cases: readonly unknown[]) =>
    (name: string, ...rest: Rest) => {
      for (const [index, one] of cases.entries()) {
        const args = Array.isArray(one) ? one : [one]
        register(`${name} (${index + 1})`, () => bodyOf(rest)(...args))
      }
    }
}

function bodyOf(rest: Rest): (...args: readonly unknown[]) => unknown {
  const body = rest.find(each => typeof each === 'function')
  if (!body) throw new Error('there is no body')
  return body as (...args: readonly unknown[]) => unknown
}
