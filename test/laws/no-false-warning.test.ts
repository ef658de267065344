import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { reviewWorkload } from '../../src/admission/workload-review.ts'
import { templatePath } from '../../src/engine/mistakes/pod-template.ts'
import { annotation, type Pod } from '../../src/engine/pod.ts'
import type { JsonObject } from '../../src/json/json.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { readProfiles } from '../../src/server/profile-directory.ts'
import { cluster, decideOn, namespace, pods, profiles } from './arbitrary.ts'

const catalog = (await readProfiles('catalog')).profiles

/** What kubectl would print when an object is applied. */
function warningsFor(object: JsonObject, among: Profiles, at = namespace.name): readonly string[] {
  const request = { uid: 'u1', operation: 'CREATE', namespace: at, object }
  const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
  const namespaceOf = (name: string) => ({ ...namespace, name })
  const answer = reviewWorkload(body, { profiles: among, cluster, namespaceOf })
  if (!('response' in answer)) throw new Error(JSON.stringify(answer))
  return answer.response.response.warnings ?? []
}

/** A Pod as a template of a kind of workload. */
const kinds: Readonly<Record<string, (template: JsonObject) => JsonObject>> = {
  Deployment: template => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { template },
  }),
  PodTemplate: template => ({ apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'a' }, template }),
  CronJob: template => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'a' },
    spec: { jobTemplate: { spec: { template } } },
  }),
}

const manifests = readdirSync('examples').filter(name => name.endsWith('.yaml'))
const examples = manifests.flatMap(file =>
  parseAllDocuments(readFileSync(`examples/${file}`, 'utf8'))
    .map(document => document.toJS() as JsonObject)
    .filter(object => object && templatePath(object))
    .map(object => ({ file, object })),
)

describe('an example', () => {
  it.each(examples)('of $file is applied without a warning', ({ object }) => {
    expect(warningsFor(object, catalog)).toEqual([])
  })

  it.each(examples.filter(({ object }) => object['kind'] === 'Pod'))(
    'of $file is applied without a warning as the template of a workload',
    ({ object }) => {
      for (const [, wrap] of Object.entries(kinds)) {
        const { metadata, spec } = object
        expect(warningsFor(wrap({ metadata, spec }), catalog)).toEqual([])
      }
    },
  )
})

it('a workload gets no warning when its Pods get what they ask for', () => {
  let judged = 0
  fc.assert(
    fc.property(pods, profiles, fc.constantFrom(...Object.values(kinds)), (pod: Pod, all: Profiles, wrap) => {
      const { outcome, profiles: decided, warnings } = decideOn(pod, all)
      const isGiven = decided.every(each => each.outcome !== 'denied' && each.outcome !== 'skipped')
      // A key that means nothing is a mistake.
      if (outcome === 'denied' || !isGiven || warnings.some(each => each.startsWith('annotation '))) return
      if (!Object.hasOwn(pod.metadata?.annotations ?? {}, annotation.inject)) return
      judged++
      const { metadata, spec } = pod
      expect(warningsFor(wrap({ metadata, spec } as JsonObject), all)).toEqual([])
    }),
    { numRuns: 500 },
  )
  expect(judged).toBeGreaterThan(100)
})

it('a workload that does not mention Pillion gets none, whatever else it has', () => {
  const text = fc.string({
    unit: fc.constantFrom('inject', 'sidecar', 'dev', '.', '/', '-', 'istio', 'log-tail', 'a'),
  })
  const texts = fc.dictionary(text, text)
  const metadata = fc.record({ annotations: texts, labels: texts })
  fc.assert(
    fc.property(metadata, metadata, fc.constantFrom(...Object.values(kinds)), (own, ofPods, wrap) => {
      const spec = { containers: [{ name: 'app', image: 'app:1' }] }
      const object = wrap({ metadata: ofPods, spec } as JsonObject)
      const whole = { ...object, metadata: { name: 'a', ...own } } as JsonObject
      expect(warningsFor(whole, catalog)).toEqual([])
    }),
    { numRuns: 300 },
  )
})
