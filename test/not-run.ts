import { describe, type TestOptions } from 'vitest'

const told = new Set<string>()

/**
 * `describe` if nothing is missing that its tests need. Otherwise they are reported as skipped, and one line says what is
 * missing and how to get it; with `CI` set that is a failure.
 */
export function describeUnless(
  missing: string | undefined,
  name: string,
  body: () => void,
  options: TestOptions = {},
): void {
  if (missing === undefined) {
    describe(name, options, body)
    return
  }
  if (!['', '0', 'false'].includes(process.env['CI'] ?? '')) throw new Error(missing)
  if (!told.has(missing)) process.stderr.write(`not run: ${missing}\n`)
  told.add(missing)
  describe.skip(`${name} (not run: ${missing})`, body)
}
