import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scenarios } from './faults.ts'
import { isRead } from './queries.ts'
import { openStage } from './stage.ts'

/**
 * Records what Prometheus would scrape while something happens to a real installation:
 * `npx node test/alerts/record.ts [SCENARIO…]`. Without a name it records all scenarios, in about twenty minutes. It needs the
 * same programs as the tests with a real API server. Record again if an alert or the dashboard uses another metric.
 */
const asked = process.argv.slice(2)
const unknown = asked.filter(name => !Object.hasOwn(scenarios, name))
if (unknown.length > 0)
  throw new Error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`)

// The replicas end with this process.
process.once('SIGTERM', () => process.exit(1))
process.once('SIGINT', () => process.exit(1))

for (const [name, play] of Object.entries(scenarios)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const startedAt = performance.now()
  const stage = await openStage(await isRead(name === 'eventful-day'))
  try {
    await play(stage)
    const text = `${JSON.stringify(stage.recording(), undefined, 1)}\n`
    await writeFile(join(import.meta.dirname, 'recordings', `${name}.json`), text)
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    console.error(
      `${name}: ${stage.seconds() / 60} minutes in ${seconds} s, ${Math.round(text.length / 1_024)} KiB`,
    )
  } finally {
    await stage.close()
  }
}

process.exit()
