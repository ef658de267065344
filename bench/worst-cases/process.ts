import { readFileSync, writeFileSync } from 'node:fs'
import { review } from '../../src/admission/review.ts'
import { bodyOf } from '../../test/worst-cases/cases.ts'
import { reviewingOf } from '../../test/worst-cases/reviewed.ts'
import { worstCases } from '../../test/worst-cases/worst-cases.ts'

/**
 * What one process of bench/worst-cases.ts does: reviews one case a few times and prints the most that one review
 * took, of CPU and of memory, as JSON.
 */
const [, , name = ''] = process.argv
const worst = worstCases[name]
if (!worst) throw new Error(`there is no case ${name}`)
const { body, profiles } = worst()
const reviewing = reviewingOf(profiles)

// Code that each review runs is compiled when the case comes.
for (let i = 0; i < 200; i++) review(bodyOf({}, { containers: [{ name: 'app' }] }), reviewing)
globalThis.gc?.()
// The most that a process had is counted from here: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
writeFileSync('/proc/self/clear_refs', '5')
const before = mostResident()
let most = 0
let what = ''
for (let i = 0; i < 5; i++) {
  const start = process.threadCpuUsage()
  const reviewed = review(body, reviewing)
  JSON.stringify(reviewed)
  const { user, system } = process.threadCpuUsage(start)
  most = Math.max(most, user + system)
  if (!('decision' in reviewed))
    throw new Error(JSON.stringify(reviewed).slice(0, 500), {
      cause: 'failure' in reviewed ? reviewed.failure : undefined,
    })
  const { outcome, reason, message } = reviewed.decision
  what = `${outcome}: ${reason}`
  if (process.env['SHOW']) console.error(name, '→', reason, message.slice(0, 200))
}
const memory = mostResident() - before
process.stdout.write(JSON.stringify({ what, ms: most / 1_000, mb: memory / 1_000_000 }))

function mostResident(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}
