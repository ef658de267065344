import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createAnalysis } from '../src/playground/analysis.ts'
import type { Question } from '../src/playground/protocol.ts'
import type { Asked } from './candidates.ts'
import { median, printTable, rounded } from './tables.ts'

const root = join(import.meta.dirname, '..')
const profiles = globSync(join(root, 'catalog/*.yaml')).map(path => ({
  file: `catalog/${basename(path)}`,
  text: readFileSync(path, 'utf8'),
}))
const deployment = readFileSync(join(root, 'examples/deployment.yaml'), 'utf8')
const keystrokes = 40

/** How long does the worker of the playground take from a keystroke to its answer? */
export async function playground({ rounds }: Asked): Promise<void> {
  const cases = [
    ['examples/deployment.yaml', deployment],
    ['with 60 containers', withContainers(60)],
  ] as const
  printTable(
    'Milliseconds in Node; the page adds the time of the browser',
    cases.map(([manifest, text]) => {
      const analysis = createAnalysis()
      const first = analysis.answer(asked(text)).durationMs
      const all = Array.from({ length: rounds * keystrokes }, (_, i) => {
        // Each keystroke gives another text.
        return analysis.answer(asked(text.replace(/(image: \S+)/, `$1-${i}`))).durationMs
      })
      return {
        manifest,
        'first answer': rounded(first),
        'median keystroke': rounded(median(all)),
        slowest: rounded(Math.max(...all)),
      }
    }),
  )
}

function asked(manifest: string): Question {
  const namespace = { namespace: 'default', namespaceLabels: {}, namespaceAnnotations: {} }
  return {
    id: 1,
    manifest,
    profiles,
    whatIf: { kubernetesVersion: '1.34', ...namespace, isSecondCall: false },
  }
}

function withContainers(count: number): string {
  const containers = Array.from(
    { length: count },
    (_, i) =>
      `    - name: app-${i}\n      image: example/app:${i}\n      env:\n        - { name: A, value: b }\n      ports:\n        - containerPort: ${8000 + i}\n`,
  )
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: many\n  annotations:\n    pillion.dev/inject: log-tail, work-dir\nspec:\n  containers:\n${containers.join('')}`
}
