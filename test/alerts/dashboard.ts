import { prometheus } from '../prometheus/prometheus.ts'
import { type DrawnPanel, pictureOf, type Range } from './picture.ts'
import { dashboardPanels } from './queries.ts'
import { recordingOf } from './recordings.ts'

/** Each panel of the dashboard with what Prometheus answers to its queries, over a recording. */
export async function evaluatedPanels(
  name: string,
  change: (series: string) => string = series => series,
): Promise<{ readonly panels: readonly DrawnPanel[]; readonly range: Range }> {
  const { stepSeconds, series } = recordingOf(name)
  const panels = dashboardPanels()
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => filledIn(expr, stepSeconds)))
  const from = 5 * 60
  const changed = Object.fromEntries(Object.entries(series).map(([key, values]) => [change(key), values]))
  const answer = await prometheus({ stepSeconds, series: changed, queries, fromSeconds: from })
  const results = [...answer.queries]
  const evaluated = panels.map(panel => ({ ...panel, results: results.splice(0, panel.targets.length) }))
  const seconds = evaluated
    .flatMap(panel => panel.results.flat())
    .flatMap(({ points }) => points.map(([at]) => at))
  return { panels: evaluated, range: { from, to: seconds.reduce((a, b) => Math.max(a, b), from) } }
}

/** The picture in docs/alerts.md. */
export async function dashboardPicture(): Promise<string> {
  const { panels, range } = await evaluatedPanels('eventful-day')
  return pictureOf(panels, range)
}

/** Grafana's `$__rate_interval` is at least four scrape intervals. */
function filledIn(query: string, stepSeconds: number): string {
  return query.replaceAll('$__rate_interval', `${4 * stepSeconds}s`).replaceAll('$namespace', 'pillion')
}
