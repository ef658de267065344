import { describe, expect, it } from 'vitest'
import { asked, catalog, edited, example, shown, whatIf } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'
import { replyTo } from './calls.ts'
import type { Analysis } from './protocol.ts'

const analysis = createAnalysis()
const answerTo = (manifest: string, more = {}) => analysis.answer(asked(manifest, more))

const bare =
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: app\n      image: b\n'

describe('what if', () => {
  it('the version of Kubernetes has no native sidecars: a Job cannot get log-tail', () => {
    const manifest = example('log-tail').replace('spec:\n', 'spec:\n  restartPolicy: Never\n')
    expect(answerTo(manifest).workloads).toMatchObject([{ outcome: 'injected' }])
    const old = answerTo(manifest, { whatIf: { ...whatIf, kubernetesVersion: '1.28' } })
    expect(old.workloads).toMatchObject([{ outcome: 'skipped', reason: 'JobWouldNeverFinish' }])
    expect(old.result).toEqual({ text: manifest, added: [] })
    expect(old.manifestDiagnostics).toMatchObject([{ severity: 'warning', reason: 'JobWouldNeverFinish' }])
  })

  it('the namespace asks: only with the label', () => {
    const namespaceAnnotations = { 'pillion.dev/inject': 'work-dir' }
    const without = answerTo(bare, { whatIf: { ...whatIf, namespaceAnnotations } })
    expect(without.workloads).toMatchObject([{ outcome: 'skipped', reason: 'NotCalled' }])
    const namespaceLabels = { 'pillion.dev/inject': 'enabled' }
    const labelled = answerTo(bare, { whatIf: { ...whatIf, namespaceAnnotations, namespaceLabels } })
    expect(labelled.workloads).toMatchObject([{ outcome: 'injected' }])
  })

  it('the namespace is one whose Pods are never changed', () => {
    const { manifestDiagnostics } = answerTo(example('log-tail'), {
      whatIf: { ...whatIf, namespace: 'kube-system' },
    })
    expect(manifestDiagnostics).toMatchObject([{ severity: 'info', reason: 'ExcludedNamespace' }])
  })

  it('the API server calls a second time: nothing more is added', () => {
    const manifest = example('log-tail')
    const once = answerTo(manifest)
    const twice = answerTo(manifest, { whatIf: { ...whatIf, isSecondCall: true } })
    expect(twice.workloads).toMatchObject([{ outcome: 'unchanged', patch: [] }])
    expect(twice.result.text).toBe(once.result.text)
  })

  it('a profile has another text: its revision, and what differs', () => {
    const { file, text } = catalog.find(each => each.file === 'catalog/log-tail.yaml')!
    const against = { file, text: text.replace('tail -n +1', 'tail -n +2') }
    expect(against.text).not.toBe(text)
    const answer = answerTo(example('log-tail'), { against })
    expect(answer.against).toMatchObject({
      revision: expect.stringMatching(/^[0-9a-f]{10}$/),
      problems: [],
      workloads: [{ outcome: 'injected' }],
    })
    expect(answer.against?.diff).toContain('tail -n +2')
    const broken = answerTo(example('log-tail'), { against: { file, text: text.replace('spec:', 'spce:') } })
    expect(broken.against?.problems.join()).toContain('did you mean')
    expect(broken.against?.workloads).toMatchObject([{ outcome: 'denied', reason: 'UnknownProfile' }])
  })
})

describe('the answer', () => {
  it('has the outcomes of samples', () => {
    const samples = [
      { name: 'right', manifest: example('log-tail') },
      {
        name: 'wrong',
        manifest: bare.replace(
          '  name: a\n',
          '  name: a\n  annotations: { pillion.dev/inject: nothing-near }\n',
        ),
      },
      { name: 'broken', manifest: 'a: [\n' },
    ]
    expect(answerTo(bare, { samples }).samples).toMatchObject([
      { name: 'right', problems: [], workloads: [{ outcome: 'injected' }] },
      { name: 'wrong', problems: [], workloads: [{ outcome: 'denied', reason: 'UnknownProfile' }] },
      { name: 'broken', problems: [expect.stringMatching(/^broken:\d+:\d+: /)], workloads: [] },
    ])
  })

  it('has the picture of the chosen workload', () => {
    const manifest = `${example('log-tail')}---\n${bare}`
    const pictures = (workload?: number) =>
      answerTo(manifest, workload === undefined ? {} : { workload }).workloads.map(({ picture }) => picture)
    expect(pictures()).toEqual([expect.stringMatching(/^<svg[\s\S]*log-tail/), undefined])
    expect(pictures(1)).toEqual([undefined, expect.stringMatching(/^<svg/)])
  })

  it('compiles only the profiles that are asked for, and the opened one', () => {
    const files = (more = {}) => Object.keys(answerTo(example('log-tail'), more).profileDiagnostics).sort()
    expect(files()).toEqual(['catalog/log-tail.yaml'])
    expect(files({ opened: 'catalog/statsd.yaml' })).toEqual(['catalog/log-tail.yaml', 'catalog/statsd.yaml'])
  })

  it('has the parameters of the profiles that are asked for, also if the Pod is denied', () => {
    const manifest = bare.replace(
      '  name: a\n',
      '  name: a\n  annotations:\n    pillion.dev/inject: log-tail\n    pillion.dev/log-tail.user: root\n',
    )
    const [workload] = answerTo(manifest).workloads
    expect(workload).toMatchObject({ outcome: 'denied', asked: [{ name: 'log-tail' }] })
    const parameters = new Map(workload?.asked[0]?.parameters.map(each => [each.name, each]))
    expect(parameters.get('user')).toMatchObject({ annotation: 'pillion.dev/log-tail.user', type: 'integer' })
    expect(parameters.get('user')).not.toHaveProperty('resolved')
    expect(parameters.get('memory')?.resolved).toMatchObject({ from: 'default' })
  })

  it('about a workload that has not the shape of a Pod is a sentence with its line', () => {
    const manifest = bare.replace('      image: b\n', '      image: 1\n')
    const { workloads, manifestDiagnostics } = answerTo(manifest)
    expect(workloads).toMatchObject([
      { outcome: 'unreadable', message: expect.stringContaining('must be a string: quote it, as in "1"') },
    ])
    expect(manifestDiagnostics.map(each => shown(manifest, each))).toMatchObject([
      { underlined: 'image: 1', fixes: ['Put 1 into quotes'] },
    ])
  })

  it('to a manifest beyond the limit is a sentence', () => {
    const { manifestDiagnostics, workloads } = answerTo(`# ${'x'.repeat(1_048_576)}`)
    expect(workloads).toEqual([])
    expect(manifestDiagnostics.map(({ message }) => message)).toEqual([
      'the manifest has 1048578 characters; the limit of the playground is 1048576: use pillion inject -f FILE',
    ])
  })

  it('has what the tabs show of the chosen workload only', () => {
    const manifest = `${example('log-tail')}---\n${example('log-tail')}`
    const { workloads } = answerTo(manifest, { workload: 1 })
    expect(workloads).toMatchObject([
      { outcome: 'injected', explanation: '', patch: [], asked: [] },
      { explanation: expect.stringContaining('log-tail'), asked: [{ name: 'log-tail' }] },
    ])
    expect(workloads[1]?.patch).not.toEqual([])
  })

  it('decides about workloads until they get as much as the page can show, and says so', () => {
    const large = Array.from(
      { length: 100 },
      (_, i) => `      - { name: K${i}, value: ${'v'.repeat(1_000)} }\n`,
    )
    const profile = `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: large }
spec:
  containers:
    - name: large
      image: large:1
      env:
${large.join('')}`
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a, annotations: { pillion.dev/inject: large } }\nspec: { containers: [{ name: a, image: b }] }\n'
    const question = asked(`${pod}---\n`.repeat(100), { profiles: [{ file: 'large.yaml', text: profile }] })
    const answer = createAnalysis().answer(question)
    expect(answer.workloads.map(({ outcome }) => outcome)).toEqual(Array(11).fill('injected'))
    expect(answer.manifestDiagnostics.map(({ message }) => message)).toEqual([
      'the patches of the first 11 workloads have more than 1048576 characters; this one and 88 more get no decision: use pillion inject -f FILE',
    ])
    expect(JSON.stringify(answer).length).toBeLessThan(6_000_000)
  })

  it('decides about a limited number of workloads, and says so', () => {
    const { manifestDiagnostics, workloads } = answerTo(`${bare}---\n`.repeat(201))
    expect(workloads).toHaveLength(200)
    expect(manifestDiagnostics).toMatchObject([
      { severity: 'info', message: expect.stringContaining('200 workloads') },
    ])
  })
})

describe('the problems of a profile', () => {
  const problemsIn = (text: string) => {
    const opened = 'mine.yaml'
    const answer = answerTo(bare, { profiles: [{ file: opened, text }], opened })
    return answer.profileDiagnostics[opened]?.map(each => shown(text, each)) ?? []
  }
  const profile = (spec: string) =>
    `apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata:\n  name: mine\nspec:\n  description: Mine.\n${spec}`

  it('stand at their lines', () => {
    expect(problemsIn(profile('  containres: []\n'))).toMatchObject([
      { underlined: 'containres', severity: 'error', message: expect.stringContaining('containers') },
    ])
  })

  it.each([
    {
      what: 'an expression for a whole list',
      spec: '  containers:\n    - name: a\n      image: b\n      args: $(["x"])\n',
      underlined: 'args: $(["x"])',
      says: 'kubectl apply would refuse this: an expression cannot stand for the whole list: write its items',
    },
    {
      what: 'a fraction as a quantity',
      spec: '  containers:\n    - name: a\n      image: b\n      resources: { limits: { cpu: 0.5 } }\n',
      underlined: 'cpu: 0.5 } }',
      says: 'kubectl apply would refuse this: the number must be an integer or text: write "0.5"',
      fixes: ['Put 0.5 into quotes'],
    },
    {
      what: 'two variables of one name',
      spec: "  containers:\n    - name: a\n      image: b\n      env:\n        - { name: X, value: '1', when: 'true' }\n        - { name: X, value: '2', when: 'false' }\n",
      underlined: "{ name: X, value: '2', when: 'false' }",
      says: 'kubectl apply would refuse this: a second item of the list has the name "X"; make one item of both, with an expression in place of when',
    },
  ])('include what the CRD refuses: $what', ({ spec, underlined, says, fixes = [] }) => {
    const found = problemsIn(profile(spec)).filter(({ severity }) => severity !== 'info')
    expect(found).toEqual([{ underlined, severity: 'warning', message: says, fixes }])
  })
})

describe('setAnnotation', () => {
  const set = (manifest: string, key: string, value: string | undefined) => {
    const result = analysis.setAnnotation(asked(manifest), undefined, key, value)
    return 'edits' in result ? edited(manifest, result.edits) : result
  }

  it('adds, replaces and removes an annotation of the Pods, and keeps the format', () => {
    const added = set(bare, 'pillion.dev/inject', 'log-tail') as string
    expect(added).toBe(
      bare.replace('  name: a\n', '  name: a\n  annotations:\n    pillion.dev/inject: log-tail\n'),
    )
    const commented = added.replace('inject: log-tail', 'inject: "log-tail" # why')
    const replaced = set(commented, 'pillion.dev/inject', 'statsd') as string
    expect(replaced).toBe(commented.replace('"log-tail"', '"statsd"'))
    expect(set(added, 'pillion.dev/inject', undefined)).toBe(bare)
  })

  it('writes numbers as text, into the template of a Deployment', () => {
    const now = set(example('deployment'), 'pillion.dev/log-tail.user', '1000') as string
    expect(now).toContain('pillion.dev/log-tail.user: "1000"\n')
    expect(answerTo(now).manifestDiagnostics).toEqual([])
  })

  it('says why it is not possible', () => {
    expect(set('', 'pillion.dev/inject', 'x')).toEqual({ problem: 'there is no workload in the manifest' })
    const aliased = bare.replace('  name: a\n', '  name: a\n  labels: &x { a: b }\n  annotations: *x\n')
    expect(set(aliased, 'pillion.dev/inject', 'x')).toEqual({
      problem: expect.stringContaining('*x is also used in another place'),
    })
  })
})

describe('a call of the worker', () => {
  it('gets the result, or a sentence if there is a fault', () => {
    expect(replyTo(analysis, { call: 3, name: 'hover', arguments: [asked(bare), undefined, 0] })).toEqual({
      call: 3,
      result: undefined,
    })
    const broken = {
      hover: () => {
        throw new Error('boom')
      },
    } as unknown as Analysis
    expect(replyTo(broken, { call: 4, name: 'hover', arguments: [] })).toEqual({
      call: 4,
      failed: 'this is a fault in the playground: boom',
    })
  })
})
