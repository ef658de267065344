import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { namespaceCases, workloadCases } from '../engine/mistakes/mistakes.fixture.ts'
import { asked, catalog, edited, shown } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

const analysis = createAnalysis()
const diagnosticsOf = (manifest: string, more = {}) =>
  analysis.answer(asked(manifest, more)).manifestDiagnostics

const podWith = (annotations: string, spec = '') => `apiVersion: v1
kind: Pod
metadata:
  name: till
  annotations:
${annotations}spec:
${spec}  containers:
    - name: app
      image: example/app:1
`

describe('a problem in a manifest', () => {
  it.each([
    {
      what: 'an unknown profile is underlined in the list, and the nearest one takes its place',
      manifest: podWith('    pillion.dev/inject: "work-dir, log-tial"\n'),
      underlined: 'log-tial',
      label: 'Replace "log-tial" by "log-tail"',
      gives: '    pillion.dev/inject: "work-dir, log-tail"\n',
    },
    {
      what: 'commas take the place of spaces',
      manifest: podWith("    pillion.dev/inject: 'log-tail work-dir' # both\n"),
      underlined: 'log-tail work-dir',
      label: 'Separate by commas: "log-tail, work-dir"',
      gives: "    pillion.dev/inject: 'log-tail, work-dir' # both\n",
    },
    {
      what: '"none" does not stand beside others',
      manifest: podWith('    pillion.dev/inject: work-dir, none\n'),
      underlined: 'none',
      label: 'Remove "none"',
      gives: '    pillion.dev/inject: work-dir\n',
    },
    {
      what: 'a number is put into quotes',
      manifest: podWith('    pillion.dev/inject: log-tail\n    pillion.dev/log-tail.user: 1000\n'),
      underlined: 'pillion.dev/log-tail.user: 1000',
      label: 'Put 1000 into quotes',
      gives: '    pillion.dev/log-tail.user: "1000"\n',
    },
    {
      what: 'a misspelt parameter is renamed',
      manifest: podWith('    pillion.dev/inject: log-tail\n    "pillion.dev/log-tail.pth": /logs\n'),
      underlined: '"pillion.dev/log-tail.pth": /logs',
      label: 'Rename it to pillion.dev/log-tail.path',
      gives: '    pillion.dev/inject: log-tail\n    pillion.dev/log-tail.path: /logs\n',
    },
    {
      what: 'a value beyond the range becomes the bound',
      manifest: podWith('    pillion.dev/inject: statsd\n    pillion.dev/statsd.port: "0"\n'),
      underlined: 'pillion.dev/statsd.port: "0"',
      label: 'Replace "0" by "1024"',
      gives: '    pillion.dev/statsd.port: "1024"\n',
    },
    {
      what: 'a missing parameter is written with its example',
      manifest: podWith('    pillion.dev/inject: wait-for\n'),
      underlined: 'wait-for',
      label: 'Write pillion.dev/wait-for.targets: db.example.com:5432',
      gives: '    pillion.dev/inject: wait-for\n    pillion.dev/wait-for.targets: db.example.com:5432\n',
    },
    {
      what: 'a flow map keeps its format',
      manifest: podWith('', '').replace(
        '  annotations:\n',
        '  annotations: { pillion.dev/inject: log-tial, a: b }\n',
      ),
      underlined: 'log-tial',
      label: 'Replace "log-tial" by "log-tail"',
      gives: '  annotations: { pillion.dev/inject: "log-tail", a: b }\n',
    },
    {
      what: 'an annotation of the Deployment moves to its Pods',
      manifest: stringify(workloadCases[0]!.object),
      underlined: 'pillion.dev/inject: log-tail',
      label: 'Move it to spec.template.metadata.annotations',
      gives: '      annotations:\n        pillion.dev/inject: log-tail\n',
    },
  ])('is fixed: $what', ({ manifest, underlined, label, gives }) => {
    const found = diagnosticsOf(manifest)
    expect(found.map(each => shown(manifest, each))).toMatchObject([{ underlined }])
    const fix = found[0]?.fixes.find(each => each.label === label)
    expect(found[0]?.fixes.map(each => each.label)).toContain(label)
    const now = edited(manifest, fix?.edits ?? [])
    expect(now).toContain(gives)
    expect(diagnosticsOf(now)).toEqual([])
  })

  const profiles = catalog.filter(({ file }) => /log-tail|work-dir/.test(file))
  // Only the author knows which profile was meant, or which volume has another name.
  const unfixable = ['"true" in place of names', '"enabled" in place of names', 'a conflict']

  it.each(namespaceCases)(
    'is at the label or annotation of a Namespace, and each fix removes it: $what',
    ({ what, object, says }) => {
      const manifest = stringify(object)
      const found = diagnosticsOf(manifest, { profiles })
      expect(found).toHaveLength(says.length)
      // Only the author knows which profiles were meant.
      const isKnown = what !== 'the word of the label in the annotation'
      expect(found.every(({ fixes }) => fixes.length > 0)).toBe(isKnown)
      for (const { message, fixes } of found) {
        for (const { edits } of fixes) {
          const after = diagnosticsOf(edited(manifest, edits), { profiles })
          expect(after.map(each => each.message)).not.toContain(message)
        }
      }
    },
  )

  it.each(workloadCases)('is at its annotation, and each fix removes it: $what', ({ what, object, says }) => {
    const manifest = stringify(object)
    const found = diagnosticsOf(manifest, { profiles })
    expect(found).toHaveLength(says.length)
    expect(
      found.every(({ from, to }) =>
        /pillion|log-tail|work-dir|log-tial|true|abled|false/.test(manifest.slice(from, to)),
      ),
    ).toBe(true)
    expect(found[0]!.fixes.length > 0).toBe(!unfixable.includes(what))
    for (const { message, fixes } of found) {
      for (const { edits } of fixes) {
        const after = diagnosticsOf(edited(manifest, edits), { profiles })
        expect(after.map(each => each.message)).not.toContain(message)
      }
    }
  })
})
