import { bodyOf } from '../bodies/bodies.ts'
import { growths } from './growth.ts'
import { withCatalog } from './profile.ts'
import { bytes, microseconds, type Samples } from './sampling.ts'
import { stepsOf } from './steps.ts'

/**
 * What one process of bench/engine.ts does: `microseconds`, `bytes` or `growths`, printed as JSON. Each needs flags
 * of its own, and code that nothing else has compiled.
 */
const reviewing = await withCatalog()
const five = ['log-tail', 'work-dir', 'log-adapter', 'metrics-nginx', 'statsd']
const one = ['log-tail']
const cases = {
  '2 KB': bodyOf('2 KB', one),
  '5 KB': bodyOf('5 KB', one),
  '50 KB': bodyOf('50 KB', one),
  '5 KB, five profiles': bodyOf('5 KB', five),
}

const [, , what] = process.argv
const result = what === 'growths' ? growths() : what === 'bytes' ? ofCases(bytes) : ofCases(microseconds)
process.stdout.write(JSON.stringify(result))

function ofCases(sample: (steps: ReturnType<typeof stepsOf>) => Samples): Readonly<Record<string, Samples>> {
  return Object.fromEntries(
    Object.entries(cases).map(([name, body]) => [name, sample(stepsOf(body, reviewing))]),
  )
}
