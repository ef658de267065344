import { describe, expect, it } from 'vitest'
import { asked, catalog, example, examples } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

/** The added lines of a result, each with the field that gives it. */
function shown(manifest: string) {
  const { result } = createAnalysis().answer(asked(manifest))
  const lines = result.text.split('\n')
  return result.added.map(({ line, origin }) => {
    const from = origin && ('profile' in origin ? `${origin.profile} ${origin.pointer}` : origin.rule)
    return [lines[line - 1]!.trim().slice(0, 40), from]
  })
}

const ship = `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: ship }
spec:
  parameters:
    path: { type: string, default: /logs }
  containers:
    - name: ship
      image: example/ship:1
      args: ["--path", "$(params.path)"]
  appContainers:
    - select: all
      env:
        - { name: LOGS, value: $(params.path) }
`
const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: { pillion.dev/inject: ship }
spec:
  containers:
    - name: web
      image: nginx # the author's
      env:
        - name: A
          value: a
`
const question = asked(manifest, { profiles: [{ file: 'ship.yaml', text: ship }] })

describe('the added lines', () => {
  it.each(examples.map(text => [/name: (\S+)/.exec(text)?.[1], text]))(
    'of the example %s are all that differs, and have an origin',
    (_, text = '') => {
      const { result } = createAnalysis().answer(asked(text))
      const added = new Set(result.added.map(({ line }) => line))
      const left = result.text.split('\n').filter((_, i) => !added.has(i + 1))
      expect(left.every(line => text.includes(line))).toBe(true)
      expect(result.added.filter(({ origin }) => !origin)).toEqual([])
    },
  )

  it('have the origin of the innermost value that starts in them', () => {
    const { result } = createAnalysis().answer(question)
    const lines = result.text.split('\n')
    const at = (start: string) => {
      const line = lines.findIndex(each => each.trim().startsWith(start)) + 1
      const origin = result.added.find(each => each.line === line)?.origin
      return origin && ('profile' in origin ? origin.pointer : origin.rule)
    }
    expect(at('- name: LOGS')).toBe('/spec/appContainers/0/env/0/name')
    expect(at('value: /logs')).toBe('/spec/appContainers/0/env/0/value')
    expect(at('initContainers:')).toBe('/spec/containers/0')
    expect(at('- name: ship')).toBe('/spec/containers/0/name')
    expect(at('image: example/ship:1')).toBe('/spec/containers/0/image')
    expect(at('restartPolicy: Always')).toBe('/spec/lifecycle')
    expect(at('- name: web')).toBeUndefined()
    expect(at('- name: A')).toBeUndefined()
  })

  it('are none if nothing is added', () => {
    expect(
      shown('apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a }] }\n'),
    ).toEqual([])
  })
})

describe('the place of an origin', () => {
  it('is its field in the text of the profile, and the lines from there are those of the value', () => {
    const analysis = createAnalysis()
    const { result } = analysis.answer(question)
    const lines = result.text.split('\n')
    const line = lines.findIndex(each => each.trim() === 'value: /logs') + 1
    const origin = result.added.find(each => each.line === line)!.origin!
    const place = analysis.placeOf(question, origin)!
    expect(ship.slice(place.from, place.to)).toBe('value: $(params.path)')
    expect(analysis.linesFrom(question, 'ship.yaml', place.from + 2)).toEqual([line])
  })

  it('is the nearest parent of a field that the profile leaves out', () => {
    const analysis = createAnalysis()
    const { added } = analysis.answer(question).result
    const native = added.find(({ origin }) => origin && 'profile' in origin && origin.rule === 'native')!
      .origin!
    const place = analysis.placeOf(question, native)!
    expect(ship.slice(place.from, place.to)).toBe('spec')
  })

  it('of a parameter leads to all lines that read it', () => {
    const analysis = createAnalysis()
    const { result } = analysis.answer(question)
    const lines = result.text.split('\n')
    const found = analysis.linesFrom(question, 'ship.yaml', ship.indexOf('default: /logs'))
    expect(found.map(line => lines[line - 1]!.includes('/logs'))).toEqual(found.map(() => true))
    expect(found.length).toBeGreaterThan(1)
  })

  it('is found for every added line of an example that a profile gives, in the file of this profile', () => {
    const analysis = createAnalysis()
    const asking = asked(example('deployment'))
    for (const { origin } of analysis.answer(asking).result.added) {
      if (!origin || !('profile' in origin)) continue
      const place = analysis.placeOf(asking, origin)
      expect(place?.file).toBe(`catalog/${origin.profile}.yaml`)
      const { text } = catalog.find(({ file }) => file === place!.file)!
      expect(text.slice(place!.from, place!.to)).not.toBe('')
    }
  })
})
