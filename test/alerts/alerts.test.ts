import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { describeWithHelm } from '../chart/helm.ts'
import { describeWithPrometheus, type Firing, prometheus } from '../prometheus/prometheus.ts'
import { renderedRule } from './queries.ts'
import type { Recording } from './recorder.ts'
import { recordingOf, recordings } from './recordings.ts'

/**
 * For each recording of `record.ts`, the alerts that must fire, and the minutes in which each must fire. No other alert may
 * fire. The recording `eventful-day` is for the dashboard.
 */
const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  quiet: {},
  upgrade: {},
  drain: {},
  typo: {},
  'no-replicas': { PillionDown: 6, PillionCallsFailOpen: 2, PillionMissedPods: 55 },
  'no-replicas-and-fail': { PillionDown: 6, PillionCallsRejected: 2 },
  bug: { PillionErrors: 2, PillionCallsFailOpen: 2, PillionObjectProblems: 2 },
  slow: { PillionSlow: 30 },
  denials: { PillionDenials: 31, PillionBlockedWorkloads: 31 },
  'certificate-expires': { PillionCertificateExpires: 61 },
  'certificate-not-trusted': { PillionCertificateNotTrusted: 11 },
  'webhook-gone': { PillionNotCalled: 6, PillionProfilesNotReviewed: 6, PillionMissedPods: 45 },
  'webhook-of-others': { PillionNotCalled: 6 },
  'no-profiles': { PillionNoProfiles: 6, PillionPodsNotReplaceable: 45 },
  'profile-not-accepted': { PillionProfileNotAccepted: 16 },
  'rollout-stuck': { PillionRolloutStuck: 50 },
  'rollout-failed': { PillionRolloutStuck: 16 },
  'cut-off': { PillionReplicasDisagree: 12, PillionWatchStale: 10 },
  'no-leader': { PillionNoLeader: 16 },
  'no-sweep': { PillionSweepStale: 60 },
  'never-swept': { PillionSweepStale: 16 },
}

describeWithHelm('the alerts', () => {
  describeWithPrometheus('of the rendered PrometheusRule', () => {
    let directory = ''
    let ruleFile = ''
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pillion-alerts-'))
      ruleFile = join(directory, 'rules.yaml')
      await writeFile(ruleFile, stringify(await renderedRule()))
    })
    afterAll(() => rm(directory, { recursive: true }))

    async function firedIn({ stepSeconds, series }: Recording): Promise<readonly Firing[]> {
      return (await prometheus({ stepSeconds, series, ruleFile })).alerts
    }

    it.each(Object.entries(expected))('fire as they should in the recording %s', async (name, alerts) => {
      const recording = recordingOf(name)
      const began = recording.marks['fault'] ?? 0
      const fired = await firedIn(recording)
      const names = new Set(fired.map(({ alert }) => alert))
      expect([...names].toSorted()).toEqual(Object.keys(alerts).toSorted())
      for (const [alert, minutes] of Object.entries(alerts)) {
        const from = Math.min(...fired.filter(each => each.alert === alert).map(each => each.from))
        expect((from - began) / 60, `${alert} fires after the fault`).toBeGreaterThanOrEqual(0)
        expect((from - began) / 60, `${alert} fires in time`).toBeLessThanOrEqual(minutes)
      }
      for (const { alert, annotations } of fired) {
        expect(JSON.stringify(annotations), alert).not.toMatch(/<no value>|<error|\{\{/)
      }
    })

    it('end when the fault ends', async () => {
      const recording = recordingOf('no-replicas')
      const down = (await firedIn(recording)).filter(({ alert }) => alert === 'PillionDown')
      expect(down.map(({ to }) => to)).toEqual([(recording.marks['healed'] ?? 0) - recording.stepSeconds])
    })

    it.each([
      {
        when: 'a Pod is updated every ten minutes',
        due: 40,
        everySteps: 20,
        phase: 'Progressing',
        fires: false,
      },
      { when: 'no Pod is updated', due: 40, everySteps: 1_000, phase: 'Progressing', fires: true },
      { when: 'the rollout is paused', due: 40, everySteps: 1_000, phase: 'Paused', fires: false },
      {
        when: 'a rollout with nothing to update waits',
        due: 0,
        everySteps: 1_000,
        phase: 'Progressing',
        fires: false,
      },
    ])('say of a rollout that it is stuck: $fires, when $when', async ({ due, everySteps, phase, fires }) => {
      const labels = 'profile="logging",resource_namespace="",namespace="pillion",pod="a"'
      const counts = Array.from({ length: 400 }, (_, step) =>
        Math.max(0, due - Math.floor(step / everySteps)),
      )
      const series = {
        [`pillion_rollouts{${labels},phase="${phase}"}`]: '1x399',
        // It begins after ten minutes.
        [`pillion_rollout_pods{${labels},state="outdated"}`]: `0x20 ${counts.join(' ')}`,
      }
      const fired = await firedIn({ stepSeconds: 30, series, marks: {} })
      expect(fired.some(({ alert }) => alert === 'PillionRolloutStuck')).toBe(fires)
    })

    it('all fire in a recording', async () => {
      const { groups } = await renderedRule()
      const declared = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
      const proven = new Set(Object.values(expected).flatMap(alerts => Object.keys(alerts)))
      const rule = 'test/alerts/alerts.test.ts: a recording in which the alert fires (CONTRIBUTING.md#alerts)'
      expect([...proven].toSorted(), rule).toEqual(declared.toSorted())
      const recorded = recordings().filter(name => name !== 'eventful-day')
      expect(Object.keys(expected).toSorted()).toEqual(recorded.toSorted())
    })
  })

  it('are described in docs/alerts.md, where their runbook_url points', async () => {
    const text = readFileSync('docs/alerts.md', 'utf8')
    const headings = [...text.matchAll(/^## (Pillion\w+)$/gm)].map(([, heading = '']) => heading)
    const rules = (await renderedRule()).groups.flatMap(group => group.rules)
    expect(headings).toEqual(rules.map(({ alert }) => alert))
    for (const { alert, labels, annotations } of rules) {
      expect(annotations['runbook_url']).toBe(`docs/alerts.md#${alert.toLowerCase()}`)
      const section = text.split(`\n## ${alert}\n`)[1]?.split('\n## ')[0] ?? ''
      expect(section, `docs/alerts.md says that ${alert} is ${labels['severity']}`).toMatch(
        new RegExp(`^\\n${labels['severity'] === 'critical' ? 'Critical' : 'Warning'}\\. `),
      )
    }
  })
})
