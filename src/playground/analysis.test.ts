import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAnalysis } from './analysis.ts'
import type { ProfileText, Question } from './protocol.ts'

const root = join(import.meta.dirname, '../..')
const catalog: readonly ProfileText[] = globSync(join(root, 'catalog/*.yaml'))
  .sort()
  .map(path => ({ file: `catalog/${basename(path)}`, text: readFileSync(path, 'utf8') }))
const example = (name: string) => readFileSync(join(root, `examples/${name}.yaml`), 'utf8')

function asked(manifest: string, more: Partial<Question> = {}): Question {
  return {
    id: 7,
    manifest,
    profiles: catalog,
    whatIf: {
      kubernetesVersion: '1.34',
      namespace: 'default',
      namespaceLabels: {},
      namespaceAnnotations: {},
      isSecondCall: false,
    },
    ...more,
  }
}

describe('the answer', () => {
  it('to an example is the result in its own format, the lines that were added, and the reasons', () => {
    const manifest = example('deployment')
    const { id, manifestDiagnostics, workloads, result, diff } = createAnalysis().answer(asked(manifest))
    expect({ id, manifestDiagnostics }).toEqual({ id: 7, manifestDiagnostics: [] })
    expect(
      workloads.map(({ title, outcome, reason }) => ({ title, outcome, reason })),
    ).toMatchInlineSnapshot(`
      [
        {
          "outcome": "injected",
          "reason": "Injected",
          "title": "Deployment/website",
        },
      ]
    `)
    const lines = result.text.split('\n')
    const added = new Set(result.added.map(({ line }) => line))
    const left = lines.filter((_, i) => !added.has(i + 1)).join('\n')
    expect(left).toBe(manifest)
    expect(diff).toContain('--- manifest.yaml\n+++ manifest.yaml\n')
  })
})
