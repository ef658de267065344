import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject, member, objectAt } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Path } from '../../problems/problem.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { readProfiles } from '../../server/profile-directory.ts'
import { cluster, container, profilesOf, withRevisions } from '../decide.fixture.ts'
import type { Namespace, Pod } from '../pod.ts'
import type { Meant, Mistake } from './mistake.ts'
import {
  comparable,
  cronJob,
  deployment,
  namespaceCases,
  namespaceObject,
  workloadCases,
} from './mistakes.fixture.ts'
import { namespaceMistakes } from './namespace.ts'
import { templatePath } from './pod-template.ts'
import { workloadMistakes } from './workload.ts'

const { profiles: all } = await readProfiles('catalog')
const catalog = collect(['log-tail', 'work-dir'].flatMap(name => all.find(name, '') ?? [])).profiles

function namespaceOf(object: JsonObject): Namespace {
  const { name, labels, annotations } = objectAt(object, 'metadata') as unknown as Namespace
  return { name, labels, annotations }
}

const elsewhere: Namespace = { name: 'shop', labels: {}, annotations: {} }

function valueAt(object: JsonObject, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => member(value, String(step)), object)
}

function inWorkload(object: JsonObject, profiles = catalog, namespace = elsewhere): readonly Mistake[] {
  const template = templatePath(object)!
  const pod = valueAt(object, template) as Pod
  return workloadMistakes(
    { object, template, subject: { pod, namespace, operation: 'CREATE' } },
    profiles,
    cluster,
  )
}

const inNamespace = (object: JsonObject, profiles = catalog) =>
  namespaceMistakes(namespaceOf(object), profiles, cluster)

function paths(mistakes: readonly Mistake[]) {
  return mistakes.map(({ path }) => path.join('/'))
}

/** Only what was meant, and what is missing. */
function corrections(mistakes: readonly Mistake[]) {
  return mistakes.map(({ meant, missing }) => ({ ...(meant && { meant }), ...(missing && { missing }) }))
}

/** The object with a text at a path, or without it. */
function written(object: JsonObject, path: Path, text?: string): JsonObject {
  const copy = structuredClone(object) as Record<string, Json>
  let holder = copy
  for (const step of path.slice(0, -1)) {
    holder[step] ??= {}
    holder = holder[step] as Record<string, Json>
  }
  const key = path.at(-1)!
  if (text === undefined) delete holder[key]
  else holder[key] = text
  return copy
}

/** The object after its author did what each mistake says was meant. */
function corrected(object: JsonObject, mistakes: readonly Mistake[]): JsonObject {
  return mistakes.reduce((now, { path, meant, missing }) => {
    const put = (to: JsonObject, { path, key, value }: Meant) => written(to, [...path, key], value)
    const moved = meant ? put(written(now, path), meant) : now
    return missing ? put(moved, missing) : moved
  }, object)
}

/** Nobody can know what was meant by these. */
const unknowable = ['the label of a namespace on a Deployment', 'a parameter of another profile']

/** Its mistakes are what the decision does not report. */
const reported = /^the Pods of this/
const workloads = workloadCases.filter(({ says }) => !says.some(line => reported.test(line)))

describe('a mistake in a workload', () => {
  it.each(workloads)('is reported at a text of the object: $what', ({ object, says }) => {
    const mistakes = inWorkload(object)
    expect(comparable(mistakes.map(({ message }) => message))).toEqual(says)
    for (const { path } of mistakes) expect(valueAt(object, path)).toEqual(expect.any(String))
  })

  it.each(workloads.filter(({ what }) => !unknowable.includes(what)))(
    'is gone when its author does what was meant, step by step: $what',
    ({ object }) => {
      const once = corrected(object, inWorkload(object))
      expect(inWorkload(corrected(once, inWorkload(once)))).toEqual([])
    },
  )

  it.each(workloads.filter(({ what }) => unknowable.includes(what)))(
    'has no correction if nobody knows what was meant: $what',
    ({ object }) => {
      expect(corrections(inWorkload(object))).toEqual([{}])
    },
  )
})

describe('what is meant for Pillion in a workload', () => {
  const asks = { 'pillion.dev/inject': 'log-tail' }
  const ofPods = ['spec', 'template', 'metadata', 'annotations']

  it('is moved to the annotations of the Pods, with the names corrected', () => {
    const wrong = { 'pillion.dev/inject': 'log-tial; work-dir' }
    const meant = { path: ofPods, key: 'pillion.dev/inject', value: 'log-tail, work-dir' }
    expect(corrections(inWorkload(deployment({ annotations: wrong })))).toEqual([{ meant }])
    expect(corrections(inWorkload(deployment({}, { labels: wrong })))).toEqual([{ meant }])
    const ofJobs = ['spec', 'jobTemplate', 'spec', 'template', 'metadata', 'annotations']
    expect(corrections(inWorkload(cronJob({ annotations: wrong })))).toEqual([
      { meant: { ...meant, path: ofJobs } },
    ])
  })

  it.each([
    ['off', 'none'],
    [' False ', 'none'],
  ])('is an opt-out if it is %s', (value, meant) => {
    const [mistake] = inWorkload(deployment({ annotations: { 'pillion.dev/inject': value } }))
    expect(mistake).toMatchObject({ meant: { value: meant } })
    expect(mistake?.message).toMatch(/: write pillion\.dev\/inject: none under /)
  })

  it.each(['on', 'True', 'enabled'])('names no profile if it is %s', value => {
    const [mistake] = inWorkload(deployment({ annotations: { 'pillion.dev/inject': value } }))
    expect(mistake).not.toHaveProperty('meant')
    expect(mistake?.message).toMatch(/: write pillion\.dev\/inject: NAME under /)
  })

  it.each([
    ['text', 'text'],
    ['/logs, more', '/logs, more'],
    ['on', '"on"'],
    ['NULL', '"NULL"'],
    ['online', 'online'],
    ['8', '"8"'],
    ['a: b', '"a: b"'],
    ['- a', '"- a"'],
    ['', '""'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `"${'x'.repeat(79)}…"`],
  ])('is quoted in the line to write if YAML needs it: %s', (value, line) => {
    const [mistake] = inWorkload(deployment({ annotations: { 'pillion.dev/log-tail.path': value } }))
    expect(mistake?.message).toContain(`: write pillion.dev/log-tail.path: ${line} under spec.template.`)
    expect(mistake?.meant?.value).toBe(value)
  })

  it('is reported once, where it is nearest to the Pods, and annotations before labels', () => {
    const everywhere = { annotations: asks, labels: asks }
    expect(paths(inWorkload(cronJob(everywhere, everywhere)))).toEqual([
      'spec/jobTemplate/metadata/annotations/pillion.dev/inject',
    ])
    expect(paths(inWorkload(cronJob(everywhere)))).toEqual(['metadata/annotations/pillion.dev/inject'])
    const labels = { labels: asks }
    expect(paths(inWorkload(cronJob(labels, labels, labels)))).toEqual([
      'spec/jobTemplate/spec/template/metadata/labels/pillion.dev/inject',
    ])
  })

  it('is not reported if the Pods have it, too', () => {
    const misspelt = { 'pillion.io/inject': 'log-tail' }
    expect(
      inWorkload(deployment({ annotations: misspelt, labels: misspelt }, { annotations: asks })),
    ).toEqual([])
    expect(inWorkload(deployment({ annotations: asks }, { annotations: asks }))).toEqual([])
  })

  it('asks for the profile of a parameter, unless the Pods ask for others', () => {
    const parameter = { 'pillion.dev/log-tail.path': '/logs' }
    const missing = { path: ofPods, key: 'pillion.dev/inject', value: 'log-tail' }
    expect(corrections(inWorkload(deployment({}, { annotations: parameter })))).toEqual([{ missing }])
    const moved = inWorkload(deployment({ annotations: asks }, { annotations: parameter }))
    expect(corrections(moved)).toEqual([{ meant: missing }, {}])
  })

  it.each<{ what: string; annotations: Record<string, string>; namespace?: Namespace }>([
    { what: 'Pods that opt out', annotations: { 'pillion.dev/inject': 'none' } },
    {
      what: 'an excluded namespace',
      annotations: { 'pillion.dev/injct': 'x' },
      namespace: { ...elsewhere, name: 'kube-system' },
    },
  ])('is not reported for $what', ({ annotations, namespace }) => {
    const object = deployment({}, { annotations: { ...annotations, 'pillion.dev/log-tail.path': '/logs' } })
    expect(inWorkload(object, catalog, namespace)).toEqual([])
  })

  it('does not include a label that a profile selects Pods by', () => {
    const label = { 'pillion.io/inject': 'yes' }
    const byLabel = profilesOf({
      plain: { containers: [container('plain')] },
      mesh: { autoInject: { podSelector: { matchLabels: label } }, containers: [container('mesh')] },
    })
    expect(inWorkload(deployment({ labels: label }), byLabel)).toEqual([])
    expect(inWorkload(deployment({ labels: label }))).toHaveLength(1)
  })

  it('is a misspelt key of a Pod itself', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { annotations: { 'pillion.dev/injct': 'log-tail' } },
    }
    expect(inWorkload(pod)).toEqual([
      {
        path: ['metadata', 'annotations', 'pillion.dev/injct'],
        message: 'annotation pillion.dev/injct means nothing to Pillion; did you mean pillion.dev/inject?',
        meant: { path: ['metadata', 'annotations'], key: 'pillion.dev/inject', value: 'log-tail' },
      },
    ])
  })

  it('does not include a key that is longer than Kubernetes allows, or has no domain, or another one', () => {
    const long = `pillion.example${'x'.repeat(300)}/inject`
    for (const key of [long, 'inject', 'example.com/inject', 'billion.example/inject'])
      expect(inWorkload(deployment({ annotations: { [key]: 'log-tail' } }))).toEqual([])
    for (const key of ['pillion.de/inject', 'Pillion.dev/inject', 'pilion.dev/inject'])
      expect(corrections(inWorkload(deployment({ annotations: { [key]: 'log-tail' } })))).toEqual([
        { meant: { path: ofPods, key: 'pillion.dev/inject', value: 'log-tail' } },
      ])
  })

  it('is reported for a limited number of annotations, and compared with names for some of them', () => {
    const keys = Array.from({ length: limits.problems + 10 }, (_, i) => [`pillion.dev/x${i}.path`, 'a'])
    const both = deployment({}, { annotations: Object.fromEntries(keys) })
    expect(inWorkload(both)).toHaveLength(limits.problems)
    const near = Array.from({ length: limits.hints + 5 }, (_, i) => [
      `pillion.dev/${'i'.repeat(i)}inject`,
      'a',
    ])
    expect(inWorkload(deployment({ annotations: Object.fromEntries(near) })).length).toBeLessThanOrEqual(
      limits.hints,
    )
  })
})

describe('the template of Pods', () => {
  it.each([
    ['v1', 'Pod', []],
    ['v1', 'PodTemplate', ['template']],
    ['v1', 'ReplicationController', ['spec', 'template']],
    ['apps/v1', 'StatefulSet', ['spec', 'template']],
    ['batch/v1', 'Job', ['spec', 'template']],
    ['batch/v1', 'CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
    ['apps/v2', 'Deployment', undefined],
  ])('of a %s %s is at %j', (apiVersion, kind, path) => {
    expect(templatePath({ apiVersion, kind })).toEqual(path)
  })

  it('of a custom resource is where most have it', () => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }
    const spec = (containers: Json) => ({ template: { spec: { containers } } })
    expect(templatePath({ ...rollout, spec: spec([]) })).toEqual(['spec', 'template'])
    expect(templatePath({ ...rollout, spec: spec({}) })).toBeUndefined()
    expect(templatePath(rollout)).toBeUndefined()
  })
})

describe('a mistake in a Namespace', () => {
  it.each(namespaceCases)('is reported at a text of the object: $what', ({ object, says }) => {
    const mistakes = inNamespace(object)
    expect(comparable(mistakes.map(({ message }) => message))).toEqual(says)
    for (const { path } of mistakes) expect(valueAt(object, path)).toEqual(expect.any(String))
  })

  it.each(namespaceCases)('is gone when its author does what was meant: $what', ({ object }) => {
    const told = inNamespace(object).filter(({ meant, missing }) => meant ?? missing)
    const left = inNamespace(corrected(object, told)).map(({ message }) => message)
    for (const { message } of told) expect(left).not.toContain(message)
  })

  const enabling = { path: ['metadata', 'labels'], key: 'pillion.dev/inject', value: 'enabled' }
  const asking = { path: ['metadata', 'annotations'], key: 'pillion.dev/inject', value: 'log-tail' }

  it.each<{ what: string; labels?: object; annotations?: object; is: readonly object[] }>([
    {
      what: 'a request without the label',
      annotations: { 'pillion.dev/inject': 'log-tail' },
      is: [{ missing: enabling }],
    },
    {
      what: 'the name of a profile in the label',
      labels: { 'pillion.dev/inject': 'log-tail' },
      is: [{ meant: enabling, missing: asking }],
    },
    {
      what: 'another word in the label',
      labels: { 'pillion.dev/inject': 'please' },
      is: [{ meant: enabling, message: expect.stringMatching(/=enabled --overwrite$/) }],
    },
    { what: 'a word in the label that turns it off', labels: { 'pillion.dev/inject': 'off' }, is: [] },
    { what: 'a misspelt label', labels: { 'pillion.dev/injct': 'enabled' }, is: [{ meant: enabling }] },
    {
      what: 'a misspelt label beside the right one',
      labels: { 'pillion.dev/injct': 'enabled', 'pillion.dev/inject': 'enabled' },
      is: [],
    },
    {
      what: 'a parameter as a label',
      labels: { 'pillion.dev/log-tail.path': 'logs' },
      is: [
        {
          path: ['metadata', 'labels', 'pillion.dev/log-tail.path'],
          message:
            'label pillion.dev/log-tail.path=logs has no effect; Pillion reads annotations: write pillion.dev/log-tail.path: logs under metadata.annotations',
          meant: { path: ['metadata', 'annotations'], key: 'pillion.dev/log-tail.path', value: 'logs' },
        },
      ],
    },
    {
      what: 'another domain',
      annotations: { 'pillion.io/inject': 'log-tial' },
      is: [
        {
          path: ['metadata', 'annotations', 'pillion.io/inject'],
          meant: asking,
          message: expect.stringMatching(/; write pillion\.dev\/inject: log-tail$/),
        },
      ],
    },
    {
      what: 'another domain beside the right one',
      annotations: { 'pillion.io/log-tail.path': '/a', 'pillion.dev/log-tail.path': '/b' },
      is: [],
    },
    {
      what: 'a misspelt parameter',
      annotations: { 'pillion.dev/log-tail.pth': '/logs' },
      is: [
        {
          path: ['metadata', 'annotations', 'pillion.dev/log-tail.pth'],
          meant: { path: ['metadata', 'annotations'], key: 'pillion.dev/log-tail.path', value: '/logs' },
        },
      ],
    },
    {
      what: 'a Pod Security level that does not exist',
      labels: { 'pillion.dev/sidecar-profiles': 'restrict' },
      is: [{ meant: { ...enabling, key: 'pillion.dev/sidecar-profiles', value: 'restricted' } }],
    },
    {
      what: 'a level that is like none',
      labels: { 'pillion.dev/sidecar-profiles': 'whatever' },
      is: [{ message: expect.stringMatching(/privileged, baseline, restricted$/) }],
    },
    { what: 'a level', labels: { 'pillion.dev/sidecar-profiles': 'baseline' }, is: [] },
  ])('$what', ({ labels = {}, annotations = {}, is }) => {
    const mistakes = inNamespace(namespaceObject({ ...labels }, { ...annotations }))
    expect(mistakes).toEqual(is.map(each => expect.objectContaining(each)))
    expect(corrections(mistakes)).toEqual(
      is.map(each =>
        Object.fromEntries(Object.entries(each).filter(([key]) => /^(meant|missing)$/.test(key))),
      ),
    )
  })

  const enabled = { 'pillion.dev/inject': 'enabled' }

  it('says that Pods are denied only if the API server calls Pillion for them', () => {
    const asks = { 'pillion.dev/inject': 'log-tial' }
    const denied = '; its Pods without their own annotation are denied'
    const refused = {
      name: 'log-tial',
      cause: { key: 'pillion.dev/inject', of: 'namespace', meant: 'log-tail' },
    }
    const [[on], [label, off]] = [
      inNamespace(namespaceObject(enabled, asks)),
      inNamespace(namespaceObject({}, asks)),
    ]
    expect(on).toMatchObject({ refused, message: expect.stringMatching(`${denied}$`) })
    expect(label).toMatchObject({ missing: enabling })
    expect(off).toMatchObject({ refused, message: on!.message.replace(denied, '') })
  })

  it('is a request for a profile that is not for this namespace', () => {
    const picky = profilesOf({
      picky: {
        usableIn: { namespaceSelector: { matchLabels: { zone: 'a' } } },
        containers: [container('picky')],
      },
    })
    const [mistake] = inNamespace(namespaceObject(enabled, { 'pillion.dev/inject': 'picky' }), picky)
    expect(mistake).toMatchObject({
      path: ['metadata', 'annotations', 'pillion.dev/inject'],
      refused: { name: 'picky' },
      message: expect.stringMatching(/^profile picky is skipped: .*team/),
    })
    expect(mistake?.refused).toEqual({ name: 'picky' })
    expect(
      inNamespace(namespaceObject({ ...enabled, zone: 'a' }, { 'pillion.dev/inject': 'picky' }), picky),
    ).toEqual([])
  })

  it('is a value that a parameter does not take, with the one that was meant', () => {
    const levelled = profilesOf({
      logging: {
        parameters: { level: { type: 'string', enum: ['debug', 'info'] } },
        containers: [container('logging', { args: ['$(params.?level)'] })],
      },
    })
    const key = 'pillion.dev/logging.level'
    const at = { path: ['metadata', 'annotations', key] }
    const wrong = (value: string) => inNamespace(namespaceObject({}, { [key]: value }), levelled)
    expect(wrong('info')).toEqual([])
    expect(wrong('inof')).toEqual([
      {
        ...at,
        message: expect.stringMatching(`^annotation ${key}: "inof" `),
        meant: { path: ['metadata', 'annotations'], key, value: 'info' },
      },
    ])
    expect(wrong('x'.repeat(9))).toEqual([{ ...at, message: expect.any(String) }])
  })

  it('is a revision that the profile does not have', () => {
    const logging = profilesOf({ logging: { containers: [container('logging')] } })
    const key = 'pillion.dev/logging.revision'
    const pinned = (revision: string) =>
      inNamespace(namespaceObject({}, { [key]: revision }), withRevisions(logging, {}))
    expect(pinned(logging.all[0]!.revision)).toEqual([])
    expect(pinned('0123456789')).toEqual([
      {
        path: ['metadata', 'annotations', key],
        message: expect.stringMatching(/has no revision "0123456789"/),
        refused: expect.objectContaining({ name: 'logging' }),
      },
    ])
  })

  it('is not a label that a profile selects namespaces by', () => {
    const label = { 'pillion.io/inject': 'yes' }
    const selector = { namespaceSelector: { matchLabels: label } }
    const containers = [container('mesh')]
    for (const spec of [{ autoInject: selector }, { usableIn: selector }])
      expect(
        inNamespace(
          namespaceObject(label),
          profilesOf({ plain: { containers }, mesh: { ...spec, containers } }),
        ),
      ).toEqual([])
    expect(inNamespace(namespaceObject(label))).toHaveLength(1)
  })

  it('is reported a limited number of times, and not in an excluded namespace', () => {
    const keys = Array.from({ length: limits.problems + 10 }, (_, i) => [`pillion.dev/x${i}.path`, 'a'])
    const many = namespaceObject({}, Object.fromEntries(keys))
    expect(inNamespace(many)).toHaveLength(limits.problems)
    const excluded = { ...namespaceOf(many), name: 'kube-system' }
    expect(namespaceMistakes(excluded, catalog, cluster)).toEqual([])
  })
})
