import { itBears, useWorld } from './fault.ts'
import { beside } from './helper-process.ts'

itBears(useWorld(), [
  { name: 'no fault' },
  { name: 'a replica has 10 % of a CPU', inflict: ({ pid }) => beside('throttle.ts', pid, 10) },
])
