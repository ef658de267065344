import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { prometheus } from '../prometheus/prometheus.ts'
import { renderedRule } from './queries.ts'
import { recordingOf } from './recordings.ts'

writeFileSync('/tmp/F/rules.yaml', stringify(await renderedRule()))
for (const n of process.argv.slice(2)) {
  const r = recordingOf(n)
  console.time(n)
  const { alerts } = await prometheus({
    stepSeconds: r.stepSeconds,
    series: r.series,
    ruleFile: '/tmp/F/rules.yaml',
  })
  console.timeEnd(n)
  console.log(n, r.marks)
  for (const a of alerts)
    console.log(
      '  ',
      a.alert,
      a.labels.severity,
      (a.from - (r.marks.fault ?? 0)) / 60,
      (a.to - (r.marks.fault ?? 0)) / 60,
      JSON.stringify(a.annotations.description).slice(0, 100),
    )
}
process.exit()
