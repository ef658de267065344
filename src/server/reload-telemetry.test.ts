import { pino } from 'pino'
import { expect, it } from 'vitest'
import { container, profilesOf, withRevisions } from '../engine/decide.fixture.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { createMetrics } from './metrics.ts'
import { createReloadTelemetry } from './reload-telemetry.ts'

const [one, two] = ['a:1', 'a:2'].map(image =>
  profilesOf({ logging: { containers: [container('a', { image })] } }),
) as [Profiles, Profiles]
const revisionIn = (profiles: Profiles) => profiles.all[0]!.revision

it('a revision that is being rolled out has its series, and makes another hash', async () => {
  const metrics = createMetrics()
  const reloads = createReloadTelemetry(pino({ level: 'silent' }), metrics)
  const readAs = async (profiles: Profiles) => {
    reloads.profiles({ profiles, problems: [] })
    // What is forgotten is forgotten in the background.
    await new Promise(resolve => setImmediate(resolve))
    const { values } = await metrics.injections.get()
    const hash = (await metrics.profilesHash.get()).values[0]?.value
    return { series: values.map(({ labels }) => labels['revision']), hash }
  }
  for (const each of [one, two]) metrics.injections.inc({ profile: 'logging', revision: revisionIn(each) })
  const rolling = withRevisions(one, { next: two, share: { percent: 10 } })
  const during = await readAs(rolling)
  expect(during.series).toEqual([revisionIn(one), revisionIn(two)])
  const afterwards = await readAs(one)
  expect(afterwards.series).toEqual([revisionIn(one)])
  expect(afterwards.hash).not.toBe(during.hash)
})
