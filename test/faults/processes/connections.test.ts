import { itBears, useWorld } from './fault.ts'
import { beside } from './helper-process.ts'

itBears(useWorld(), [
  { name: 'strangers are slow', inflict: ({ port }) => beside('strangers.ts', port, 'slow') },
  {
    name: 'strangers leave connections half-open',
    inflict: ({ port }) => beside('strangers.ts', port, 'half-open'),
  },
  { name: 'strangers send garbage', inflict: ({ port }) => beside('strangers.ts', port, 'garbage') },
  {
    name: 'strangers keep 10,000 idle connections',
    inflict: ({ port }) => beside('strangers.ts', port, 'idle'),
  },
])
