import { afterAll, beforeAll } from 'vitest'
import { describeUnless } from '../not-run.ts'
import { type ApiServer, type ApiServerOptions, startApiServer } from './apiserver.ts'
import { assets } from './assets.ts'
import { from } from './from.ts'

/**
 * `describe` with an API server of its own, so that no suite meets another one's webhooks. It starts before
 * the first test and stops after the last; the tests get it from the function they are given.
 */
export function describeWithApiServer(
  name: string,
  body: (server: () => ApiServer) => void,
  { needs, ...options }: SuiteOptions = {},
): void {
  let running: ApiServer | undefined
  const server = () => {
    if (!running) throw new Error('the API server runs only while tests do')
    return running
  }
  const tests = () => {
    beforeAll(async () => {
      running = await startApiServer(options)
    })
    afterAll(() => running?.stop())
    body(server)
  }
  describeUnless(missing, name, tests, needs && from(needs))
}

interface SuiteOptions extends ApiServerOptions {
  /** The first version of Kubernetes that has what the suite is about. */
  readonly needs?: Parameters<typeof from>[0]
}

/** Found, and if need be built, while vitest collects the tests, because that has no timeout. */
const { missing } = await assets()
