import { describe, expect, it } from 'vitest'
import { cluster, profilesOf } from '../engine/decide.fixture.ts'
import {
  comparable,
  deployment,
  namespaceCases,
  namespaceObject,
  workloadCases,
} from '../engine/mistakes/mistakes.fixture.ts'
import type { Namespace } from '../engine/pod.ts'
import type { JsonObject } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import { collect } from '../profile/accept/profiles.ts'
import { readProfiles } from '../server/profile-directory.ts'
import { reviewWorkload } from './workload-review.ts'

const catalog = (await readProfiles('catalog')).profiles
const used = ['log-tail', 'work-dir'].flatMap(name => catalog.find(name, '') ?? [])
const { profiles } = collect(used)
const labelled = profilesOf({
  labelled: {
    requires: [{ expression: '!("forbidden" in pod.metadata.?labels.orValue({}))', message: 'no' }],
    containers: [{ name: 'labelled', image: 'labelled:1' }],
  },
})
const withLabelled = collect([...used, ...labelled.all]).profiles

function answerTo(
  object: JsonObject,
  request: object = {},
  namespace: Partial<Namespace> = {},
  among = profiles,
) {
  const body = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u1', operation: 'CREATE', namespace: 'shop', object, ...request },
  }
  const namespaceOf = (name: string) => ({ name, labels: {}, annotations: {}, ...namespace })
  return reviewWorkload(body, { profiles: among, cluster, namespaceOf })
}

function warnings(...about: Parameters<typeof answerTo>): readonly string[] {
  const answer = answerTo(...about)
  if (!('response' in answer)) throw new Error(JSON.stringify(answer))
  const { response } = answer.response
  expect(response.allowed).toBe(true)
  expect(response.auditAnnotations).toEqual({ outcome: response.warnings ? 'warned' : 'clean' })
  return response.warnings ?? []
}

describe('a workload that is applied', () => {
  it.each(workloadCases)('warns of $what', ({ object, says }) => {
    expect(comparable(warnings(object))).toEqual(says)
  })
})

describe('a Namespace that is applied', () => {
  it.each(namespaceCases)('warns of $what', ({ object, says }) => {
    expect(comparable(warnings(object))).toEqual(says)
  })
})

describe('there is no warning about', () => {
  const asking = { 'pillion.dev/inject': 'log-tail' }
  it.each<{ what: string; object: JsonObject; request?: object; namespace?: Partial<Namespace> }>([
    { what: 'a request in the template', object: deployment({}, { annotations: asking }) },
    {
      what: 'a Job whose template has no metadata, although the profile reads those of its Pods',
      object: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'import' },
        spec: {
          template: { spec: { containers: [{ name: 'app', image: 'app:1' }], restartPolicy: 'Never' } },
        },
      },
      namespace: {
        labels: { 'pillion.dev/inject': 'enabled' },
        annotations: { 'pillion.dev/inject': 'log-tail,labelled' },
      },
    },
    {
      what: 'a request that a tool also wrote on the Deployment',
      object: deployment({ annotations: asking, labels: asking }, { annotations: asking, labels: asking }),
    },
    { what: 'an opt-out', object: deployment({}, { annotations: { 'pillion.dev/inject': 'none' } }) },
    {
      what: 'an injection that was made in the manifest',
      object: deployment({ annotations: { 'pillion.dev/status': '{}' } }),
    },
    {
      what: "another tool's key of that name",
      object: deployment({}, { labels: { 'sidecar.istio.io/inject': 'true' } }),
    },
    {
      what: 'a company of nearly that name',
      object: deployment({ labels: { 'pillions.example/owner': 'web' } }),
    },
    {
      what: 'parameters in an enabled namespace that asks for their profile',
      object: deployment({}, { annotations: { 'pillion.dev/log-tail.path': '/logs' } }),
      namespace: { labels: { 'pillion.dev/inject': 'enabled' }, annotations: asking },
    },
    { what: 'a deletion', object: deployment({ annotations: asking }), request: { operation: 'DELETE' } },
    {
      what: 'a subresource',
      object: deployment({ annotations: asking }),
      request: { subResource: 'status' },
    },
    {
      what: 'an excluded namespace',
      object: deployment({ annotations: asking }),
      request: { namespace: 'kube-system' },
    },
    {
      what: 'a Namespace that asks and is enabled',
      object: namespaceObject({ 'pillion.dev/inject': 'enabled' }, asking),
    },
    { what: 'a Namespace that opts out', object: namespaceObject({}, { 'pillion.dev/inject': 'none' }) },
    {
      what: 'a Namespace that is not enabled',
      object: namespaceObject({ 'pillion.dev/inject': 'disabled' }),
    },
    {
      what: 'a Namespace with parameters for Pods that ask',
      object: namespaceObject(
        { 'pillion.dev/sidecar-profiles': 'baseline' },
        { 'pillion.dev/log-tail.path': '/logs' },
      ),
    },
  ])('$what', ({ object, request, namespace }) => {
    expect(warnings(object, request, namespace, withLabelled)).toEqual([])
  })
})

describe('the answer', () => {
  it('names the object in the log, and nothing that its author wrote into it', () => {
    const object = deployment({ annotations: { 'pillion.dev/inject': 'open sesame' } })
    const request = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, dryRun: true }
    expect(answerTo(object, request)).toMatchObject({
      mistakes: 1,
      logFields: {
        uid: 'u1',
        operation: 'CREATE',
        dryRun: true,
        kind: 'Deployment',
        namespace: 'shop',
        name: 'till',
      },
    })
  })

  it('has no more warnings than the API server passes on', () => {
    const keys = Array.from({ length: 2_000 }, (_, i) => [`pillion.dev/log-tail.path${i}`, 'x'.repeat(60)])
    const said = warnings(
      deployment({ annotations: Object.fromEntries(keys) }, { annotations: Object.fromEntries(keys) }),
    )
    expect(said.every(line => line.length <= 256)).toBe(true)
    expect(said.join('').length).toBeLessThanOrEqual(4_096)
    expect(said.at(-1)).toMatch(/^\d+ more; pillion explain shows all$/)
  })

  it('is still an answer if the review costs too much, and says that the review stopped', () => {
    const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
    const dear = `${ten}.all(a, ${ten}.all(b, ${ten}.all(c, a * b * c + pod.spec.containers.size() > 0)))`
    const env = Array.from({ length: 120 }, (_, n) => ({
      name: `V${n}`,
      value: `$(string(${dear} && ${n} > 0))`,
    }))
    const slow = profilesOf({ slow: { appContainers: [{ select: 'all', env }] } })
    const object = deployment(
      { annotations: { 'pillion.dev/injct': 'slow' } },
      { annotations: { 'pillion.dev/inject': 'slow' } },
    )
    expect(warnings(object, {}, {}, slow)).toEqual([
      `not checked for mistakes: the profiles of this Pod cost more than ${limits.reviewUnits} units together`,
    ])
  })

  it.each([
    {
      what: 'an object that creates no Pods',
      object: { apiVersion: 'v1', kind: 'Service', metadata: {} },
      says: 'request.object must be a Namespace, or an object with a Pod template: the rules',
    },
    { what: 'no object', object: null, says: 'request.object must be an object' },
    {
      what: 'a template whose containers are not a list',
      object: deployment({}, {}, { containers: 'none' }),
      says: 'spec.template.spec.containers: must be a list',
    },
  ])('is a mistake of the caller for $what', ({ object, says }) => {
    for (const operation of ['CREATE', 'UPDATE'])
      expect(answerTo(object as unknown as JsonObject, { operation })).toMatchObject({
        badRequest: { status: 400, message: expect.stringContaining(says) },
      })
  })

  it('is a mistake of the caller for what is no review', () => {
    const context = {
      profiles,
      cluster,
      namespaceOf: (name: string) => ({ name, labels: {}, annotations: {} }),
    }
    expect(reviewWorkload({}, context)).toMatchObject({ badRequest: { status: 400 } })
  })

  it('is a failure if there is a bug, and says of which object', () => {
    const bug = new Error('bug')
    const broken = {
      ...profiles,
      find: () => {
        throw bug
      },
    }
    const object = deployment({}, { annotations: { 'pillion.dev/inject': 'log-tail' } })
    expect(answerTo(object, {}, {}, broken)).toMatchObject({ failure: bug, logFields: { name: 'till' } })
  })

  it.each<{ asking: Record<string, string>; says: number }>([
    { asking: { 'pillion.dev/inject': 'picky' }, says: 1 },
    { asking: {}, says: 0 },
  ])('warns that the Pods would start without the profile that is requested: $asking', ({ asking, says }) => {
    const picky = profilesOf({
      picky: {
        autoInject: {},
        requires: [{ expression: 'false', message: 'never', otherwise: 'skip' }],
        containers: [{ name: 'picky', image: 'picky:1' }],
      },
    })
    const enabled = { labels: { 'pillion.dev/inject': 'enabled' } }
    const said = warnings(deployment({}, { annotations: asking }), {}, enabled, picky)
    const expected =
      /^the Pods of this Deployment would start without profile picky: RequirementNotMet: .*never/
    expect(said).toEqual(Array.from({ length: says }, () => expect.stringMatching(expected)))
  })
})
