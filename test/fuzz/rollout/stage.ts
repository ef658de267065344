import { parentPort } from 'node:worker_threads'
import type { Step } from '../step.ts'
import { useVirtualTime } from './virtual-time.ts'

// The thread of playing.ts: plays one story after the other.
const time = useVirtualTime(Date.UTC(2026, 0, 31, 12))
// Its modules see the clocks that were there when they were loaded.
const { judge } = await import('./judge.ts')

parentPort?.on('message', (step: Extract<Step, { do: 'rollout' }>) => {
  judge(step, time).then(
    violations => parentPort?.postMessage(violations),
    error => parentPort?.postMessage([`throws: ${String((error as Error).stack)}`]),
  )
})
