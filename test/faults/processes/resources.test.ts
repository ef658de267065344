import { memoryOf } from '../../process/memory.ts'
import { itBears, useWorld } from './fault.ts'
import { beside } from './helper-process.ts'
import type { PillionProcess } from './pillion-process.ts'

itBears(useWorld(), [
  { name: 'no fault' },
  { name: 'a replica has 10 % of a CPU', inflict: ({ pid }) => beside('throttle.ts', pid, 10) },
  {
    name: 'the heap of a replica is at its limit, and strangers send large bodies',
    // The image sets 192 MB.
    wishes: () => ({ nodeFlags: ['--max-old-space-size=48'] }),
    inflict: ({ port }) => beside('strangers.ts', port, 'large'),
    after: peakOf,
  },
])

async function peakOf({ pid }: PillionProcess): Promise<string> {
  return `its memory was ${Math.round((await memoryOf(pid)).peakMb)} MiB at most`
}
