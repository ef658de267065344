import { readFile } from 'node:fs/promises'
import { beforeAll, expect, it } from 'vitest'
import { describeWithHelm } from '../chart/helm.ts'
import { describeWithPrometheus } from '../prometheus/prometheus.ts'
import { dashboardPicture, evaluatedPanels } from './dashboard.ts'
import type { DrawnPanel } from './picture.ts'
import { recordingOf } from './recordings.ts'

const { fault = 0, healed = 0 } = recordingOf('eventful-day').marks
const [busy, outage, after] = [fault - 3_600, fault + 390, healed + 1_800]

/** The values of all lines of a panel at one second, by legend or labels. */
function valuesAt({ results }: DrawnPanel, second: number): Record<string, number> {
  const series = results.flatMap((each, query) => each.map(one => ({ ...one, query })))
  return Object.fromEntries(
    series.flatMap(({ labels, points, query }) => {
      const point = points.find(([at]) => at === second)
      const { outcome, reason, kind, result, profile, pod, version, state, resource, resource_namespace } =
        labels
      const name = [outcome, reason, resource_namespace, kind, result, profile, pod, version, state, resource]
      return point ? [[name.filter(text => text).join(' ') || `query ${query}`, point[1]]] : []
    }),
  )
}

/** The largest value of all lines whose labels contain the text. */
function largest({ results }: DrawnPanel, label = ''): number {
  const series = results.flat().filter(({ labels }) => JSON.stringify(labels).includes(label))
  return Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)))
}

const positive = expect.toSatisfy(value => value > 0)
const zeros = (count: number) => (values: Record<string, number>) =>
  expect(Object.values(values)).toEqual(Array(count).fill(0))

/** What each panel must show for the recorded day. */
const shown: Readonly<Record<string, (panel: DrawnPanel) => void>> = {
  Replicas: panel => {
    expect([busy, outage, after].map(at => valuesAt(panel, at)['query 0'])).toEqual([2, 0, 2])
  },
  'Called by the API server': panel => expect(valuesAt(panel, busy)).toEqual({ 'query 0': 1 }),
  Profiles: panel => expect(valuesAt(panel, busy)).toEqual({ 'query 0': 2 }),
  'Profile problems': panel => expect(valuesAt(panel, busy)).toEqual({ 'query 0': 0 }),
  'Missed Pods': panel => {
    expect([busy, after, after + 7_200 - 1_830].map(at => valuesAt(panel, at)['query 0'])).toEqual([0, 3, 0])
  },
  'Blocked workloads': panel => expect(valuesAt(panel, busy)).toEqual({ 'query 0': 0 }),
  'Certificate expires in': panel => {
    expect(valuesAt(panel, busy)['query 0']).toBeGreaterThan(89 * 86_400)
    expect(valuesAt(panel, busy)['query 0']).toBeLessThan(91 * 86_400)
  },
  'Certificate trusted': panel => expect(valuesAt(panel, busy)).toEqual({ 'query 0': 1 }),
  'Replicas by version': panel => expect(Object.values(valuesAt(panel, busy))).toEqual([2]),
  'Requests by outcome': panel => {
    expect(valuesAt(panel, busy)).toMatchObject({ injected: positive, failed: 0, refused: 0, skipped: 0 })
    expect(largest(panel, '"denied"')).toBeGreaterThan(0)
  },
  'Denied, refused and failed requests by reason': panel => {
    expect(valuesAt(panel, busy)).toMatchObject({ 'failed InternalError': 0, 'refused Timeout': 0 })
    expect(largest(panel, '"UnknownProfile"')).toBeGreaterThan(0)
  },
  'Request duration, measured by Pillion': panel => {
    expect(panel.results.map(([series]) => series?.points.length)).toEqual(Array(3).fill(positive))
    expect(largest(panel)).toBeGreaterThan(0)
    expect(largest(panel)).toBeLessThan(2.5)
  },
  'Request duration, measured by the API server': panel => {
    expect(panel.results.map(([series]) => series?.points.length)).toEqual(Array(3).fill(positive))
    expect(largest(panel)).toBeGreaterThan(0)
  },
  'Failed requests of the API server': panel => {
    expect(valuesAt(panel, busy)).toEqual({ 'query 0': 0, 'query 1': 0 })
    // The first ones since the API server started.
    expect(valuesAt(panel, fault + 60)).toEqual({ 'query 0': 3, 'query 1': 0 })
  },
  'Injections by profile': panel => {
    expect(largest(panel, '"work-dir"')).toBeGreaterThan(0)
    expect(largest(panel, '"log-tail"')).toBeGreaterThan(0)
  },
  'Missed Pods by namespace': panel => {
    expect(valuesAt(panel, busy)).toEqual({ 'query 0': 0 })
    expect(valuesAt(panel, after)).toMatchObject({ 'shop Missed': 3 })
  },
  Sweep: panel => {
    expect(valuesAt(panel, busy)).toEqual({
      'query 0': positive,
      'query 1': expect.toSatisfy(seconds => seconds >= 0),
    })
    expect(largest(panel)).toBeLessThan(1_800)
  },
  Evictions: panel => zeros(4)(valuesAt(panel, busy)),
  // The replicas of this day had no rollouts.
  'Rollouts by phase': panel => expect(valuesAt(panel, busy)).toEqual({}),
  'Pods of rollouts by state': panel => expect(valuesAt(panel, busy)).toEqual({}),
  'Pods that rollouts changed': panel => expect(valuesAt(panel, busy)).toEqual({}),
  'Time until a changed Pod is ready': panel => expect(valuesAt(panel, busy)).toEqual({}),
  'Time since the last message of the API server': panel => {
    expect(valuesAt(panel, busy)).toEqual({ namespaces: positive, profiles: positive })
    expect(largest(panel)).toBeLessThan(60)
  },
  'Reviews of profiles': panel => zeros(9)(valuesAt(panel, busy)),
  'Reviews of workloads and Namespaces': panel => zeros(2)(valuesAt(panel, busy)),
  'Objects that Pillion could not handle': panel => zeros(7)(valuesAt(panel, busy)),
  'Connections by state': panel => {
    expect(valuesAt(panel, busy)).toMatchObject({ handshake: 0, stranger: 0, idle: positive })
  },
  'Connections closed under load': panel => zeros(7)(valuesAt(panel, busy)),
  'Memory of requests in flight': panel => zeros(2)(valuesAt(panel, busy)),
  'Requests that waited for their turn': panel => {
    expect(Object.keys(valuesAt(panel, busy))).toEqual(['pillion-a', 'pillion-b'])
  },
  'Reloads of the client CA': panel => zeros(2)(valuesAt(panel, busy)),
  // The replicas of this day did not count them.
  'Dropped lines of the log': panel => expect(valuesAt(panel, busy)).toEqual({}),
  Memory: panel => {
    expect(valuesAt(panel, busy)).toEqual({ 'pillion-a': positive, 'pillion-b': positive })
    expect(valuesAt(panel, after)).toEqual({ 'pillion-c': positive, 'pillion-d': positive })
    expect(largest(panel)).toBeGreaterThan(50 * 2 ** 20)
  },
  CPU: panel => {
    expect(Object.keys(valuesAt(panel, busy))).toEqual(['pillion-a', 'pillion-b'])
    expect(largest(panel)).toBeGreaterThan(0)
  },
}

describeWithHelm('the dashboard', () => {
  describeWithPrometheus('on a recorded day', () => {
    let panels: readonly DrawnPanel[] = []
    beforeAll(async () => {
      panels = (await evaluatedPanels('eventful-day')).panels
    })

    it('has an expectation here for each panel', () => {
      expect(panels.map(({ title }) => title)).toEqual(Object.keys(shown))
    })

    it.each(Object.entries(shown))('shows what happened: %s', (title, expectation) => {
      const panel = panels.find(each => each.title === title)
      if (!panel) throw new Error(`no panel ${title}`)
      expectation(panel)
    })

    it('shows the same for a release with another name', async () => {
      const renamed = (series: string) =>
        series.replaceAll('pillion-', 'my-pillion-').replace('job="pillion"', 'job="my"')
      const { panels: others } = await evaluatedPanels('eventful-day', renamed)
      const counts = (of: readonly DrawnPanel[]) =>
        of.map(({ title, results }) => [title, results.map(series => series.length)])
      expect(counts(others)).toEqual(counts(panels))
    })

    it('is the picture in the docs: npx node test/alerts/draw.ts', async () => {
      expect(await dashboardPicture()).toBe(await readFile('docs/dashboard.svg', 'utf8'))
    })
  })
})
