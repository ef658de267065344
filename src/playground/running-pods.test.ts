import { describe, expect, it } from 'vitest'
import { asked, catalog, example, whatIf } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

const analysis = createAnalysis()
const { file, text } = catalog.find(each => each.file === 'catalog/log-tail.yaml')!

/** What happens to Pods that run with the catalog's log-tail when it becomes another text. */
function rolledOut(from: string | RegExp, to: string, more = {}) {
  const now = text.replace(from, to)
  expect(now).not.toBe(text)
  const profiles = catalog.map(each => (each.file === file ? { file, text: now } : each))
  const question = asked(example('log-tail'), { profiles, against: { file, text }, ...more })
  return analysis.answer(question).against
}

const image = 'initContainers[log-tail].image'

describe('what happens to Pods that run with revision A', () => {
  it.each([
    {
      what: 'another image, in place',
      from: 'default: busybox:1.37',
      to: 'default: busybox:1.38',
      gives: { kind: 'images', fields: [image], restarts: ['log-tail'] },
    },
    {
      what: 'other arguments: recreate, and why',
      from: 'tail -n +1',
      to: 'tail -n +2',
      gives: {
        kind: 'recreate',
        because: expect.stringMatching(/^initContainers\[log-tail\]\.\w+: Kubernetes/),
      },
    },
    {
      what: 'more memory, in place',
      from: 'default: 32Mi',
      to: 'default: 48Mi',
      gives: {
        kind: 'resources',
        fields: expect.arrayContaining(['initContainers[log-tail].resources.requests.memory']),
      },
    },
    {
      what: 'another description: only the status changes',
      from: /description: Prints.*/,
      to: 'description: Prints.',
      gives: { kind: 'metadata', fields: [] },
    },
  ])('$what', ({ from, to, gives }) => {
    const against = rolledOut(from, to)
    expect(against).toMatchObject({ policy: 'OnCreate', workloads: [{ outcome: 'injected', update: gives }] })
  })

  it('recreate, where the cluster cannot resize containers', () => {
    const old = { whatIf: { ...whatIf, kubernetesVersion: '1.30' } }
    expect(rolledOut('default: 32Mi', 'default: 48Mi', old)?.workloads).toMatchObject([
      { update: { kind: 'recreate' } },
    ])
  })

  it('nothing, if the texts differ in a comment only, or if the Pods have another profile', () => {
    const comment = rolledOut('spec:', 'spec: # the same')
    expect(comment?.policy).toBeUndefined()
    expect(comment?.workloads[0]?.update).toBeUndefined()
    const other = rolledOut('tail -n +1', 'tail -n +2', { manifest: example('work-dir') })
    expect(other?.workloads[0]?.update).toBeUndefined()
  })

  it('by the policy of revision B', () => {
    expect(rolledOut(/description: Prints.*/, 'rollout: { update: InPlace }')?.policy).toBe('InPlace')
  })
})
