import { join } from 'node:path'
import { itBears, useWorld } from './fault.ts'
import type { World } from './world.ts'

const hourMs = 3_600_000

itBears(useWorld(), [
  { name: 'the clock of a replica is an hour ahead', wishes: withClock({ CLOCK_OFFSET_MS: hourMs }) },
  { name: 'the clock of a replica is an hour behind', wishes: withClock({ CLOCK_OFFSET_MS: -hourMs }) },
  {
    name: 'the clock of a replica jumps by two hours every 3 s',
    wishes: withClock({ CLOCK_OFFSET_MS: hourMs, CLOCK_JUMPS_MS: 3_000 }),
  },
])

/** A replica with this clock that issues the certificate of both, because there is none. */
function withClock(environment: Readonly<Record<string, number>>) {
  return async ({ server }: World) => {
    await server.request('DELETE', '/api/v1/namespaces/pillion/secrets/pillion-tls')
    return {
      nodeFlags: ['--import', join(import.meta.dirname, 'clock.mjs')],
      environment: Object.fromEntries(Object.entries(environment).map(([name, ms]) => [name, String(ms)])),
      flags: { 'sweep-interval-ms': 3_000 },
    }
  }
}
