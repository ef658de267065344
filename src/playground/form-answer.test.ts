import { describe, expect, it } from 'vitest'
import type { FoundPod } from '../manifest/pods.ts'
import { asked, catalog, edited, example } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'
import { formOf } from './form-answer.ts'
import type { ProfileFiles } from './profile-files.ts'

const analysis = createAnalysis()

describe('the form', () => {
  it('offers each profile with its file and what it does', () => {
    const { offered } = analysis.form(asked(example('log-tail')))
    expect(offered.map(({ file }) => file)).toEqual(catalog.map(({ file }) => file))
    expect(offered.find(({ name }) => name === 'log-tail')?.description).toMatch(
      /^Prints the lines of a log file/,
    )
  })

  it('has the annotations as they are written, what a parameter accepts, and what is wrong with its value', () => {
    const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: { pillion.dev/inject: statsd, pillion.dev/statsd.port: "80", team: a }
spec:
  containers: [{ name: web, image: web:1 }]
`
    const { written, fields } = analysis.form(asked(manifest))
    expect(written).toEqual({ 'pillion.dev/inject': 'statsd', 'pillion.dev/statsd.port': '80' })
    expect(fields['pillion.dev/statsd.port']).toEqual({
      accepts: 'integer, 1024 to 65535',
      problem: '"80" is less than 1024',
    })
    expect(fields['pillion.dev/statsd.mapping']).toEqual({ accepts: '' })
    expect(fields['pillion.dev/statsd.annotate']).toEqual({ accepts: '' })
  })

  it('shows a value that was set by an edit of the manifest', () => {
    const question = asked(example('log-tail'))
    const reply = analysis.setAnnotation(question, 0, 'pillion.dev/log-tail.file', 'other.log')
    if ('problem' in reply) throw new Error(reply.problem)
    const after = asked(edited(question.manifest, reply.edits))
    expect(analysis.form(after).written['pillion.dev/log-tail.file']).toBe('other.log')
  })

  it('offers the profiles where there is no workload, too', () => {
    expect(analysis.form(asked('')).offered).toHaveLength(catalog.length)
  })

  it('takes linear time, also with thousands of profiles', () => {
    let reads = 0
    const known = Array.from({ length: 500 }, (_, i) => ({ name: `p${i}`, parameters: {} }))
    const profiles = {
      allIn: () => {
        reads++
        return known
      },
    }
    formOf(undefined, { profiles, fileOf: () => undefined } as unknown as ProfileFiles, 'default')
    const pod = { workload: {}, pod: {} } as unknown as FoundPod
    formOf(pod, { profiles, fileOf: () => undefined } as unknown as ProfileFiles, 'default')
    expect(reads).toBe(2)
  })
})
