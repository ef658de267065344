import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { review } from '../../src/admission/review.ts'
import { clusterProfile } from '../../src/profile/profile.fixture.ts'
import { hostileSpecs } from '../../src/profile/profile-worst.fixture.ts'
import { readProfile } from '../../src/profile/read.ts'
import { compiler } from '../../src/template/cel/cel.ts'
import { hostileExpressions, largeApp, largePod } from '../../src/template/cel/worst.fixture.ts'
import { memoryOf } from '../process/memory.ts'
import { bodyOf } from './cases.ts'
import { reviewingOf } from './reviewed.ts'
import { worstCases } from './worst-cases.ts'

/**
 * Prints the CPU time and the memory that each worst case takes: `node test/worst-cases/print.ts`. The tests count
 * units instead, because a time depends on the machine. Each case runs once, in a process of its own with the heap
 * of the image: as cold as after a start.
 */
const reviews = Object.entries(worstCases).map(([name, worst]) => {
  const prepare = () => {
    const { body, profiles } = worst()
    const reviewing = reviewingOf(profiles)
    // The first review compiles the code that every review runs.
    for (let i = 0; i < 200; i++) review(bodyOf({}, { containers: [{ name: 'app' }] }), reviewing)
    return () => JSON.stringify(review(body, reviewing))
  }
  return [`review: ${name}`, prepare] as const
})
const expressions = Object.entries(hostileExpressions).map(([name, text]) => {
  const prepare = () => {
    const expression = compiler({}, ['pod', 'namespaceObject', 'app'])(text)
    if ('error' in expression) throw new Error(expression.error)
    return () => expression.evaluate({ params: {}, pod: largePod, app: largeApp, namespaceObject: {} })
  }
  return [`expression: ${name}`, prepare] as const
})
const specs = Object.entries(hostileSpecs).map(([name, spec]) => {
  const profile = clusterProfile(spec)
  return [`profile: ${name}`, () => () => readProfile(profile)] as const
})

const cases: Readonly<Record<string, () => () => unknown>> = Object.fromEntries([
  ...reviews,
  ...expressions,
  ...specs,
])
const [, program = '', chosen] = process.argv
if (chosen === undefined) {
  const flags = ['--expose-gc', '--max-old-space-size=256', '--max-semi-space-size=8']
  for (const name of Object.keys(cases)) {
    const line = execFileSync(process.execPath, [...flags, program, name], { encoding: 'utf8' })
    console.log(line.trimEnd())
  }
} else {
  const run = cases[chosen]?.()
  if (run === undefined) throw new Error(`there is no case ${chosen}`)
  globalThis.gc?.()
  // 5 resets the peak: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
  writeFileSync('/proc/self/clear_refs', '5')
  const { rssMb } = await memoryOf(process.pid)
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  const { peakMb } = await memoryOf(process.pid)
  const [ms, mb] = [(user + system) / 1_000, peakMb - rssMb]
  console.log(`${ms.toFixed(0).padStart(5)} ms ${mb.toFixed(0).padStart(4)} MB  ${chosen}`)
}
