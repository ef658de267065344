import { describe, expect, it } from 'vitest'
import { createAnalysis } from '../../src/playground/analysis.ts'
import { asUsual } from '../../src/playground/share.ts'
import { catalog, examples } from '../../tools/playground/build.ts'

const all = await examples()
const { profiles } = await catalog()
const analysis = createAnalysis()

function answerTo(title: string, whatIf = asUsual) {
  const example = all.find(each => each.title === title)
  if (!example) throw new Error(`no example has the title "${title}"`)
  const own = Object.entries(example.profiles).map(([file, text]) => ({ file, text }))
  return analysis.answer({ id: 1, manifest: example.manifest, profiles: [...profiles, ...own], whatIf })
}

const expected: Readonly<Record<string, readonly string[]>> = {
  'First sidecar': ['Deployment/reporter: injected (Injected)'],
  'A Job that ends': ['Job/nightly-report: injected (Injected)'],
  'Typing mistakes': ['Pod/web: denied (UnknownProfile)'],
  'A conflict': ['Deployment/shop: denied (Conflict)'],
  hostNetwork: ['DaemonSet/node-agent: denied (RequirementNotMet)'],
  'A volume that is there already': ['StatefulSet/ledger: injected (Injected)'],
  'A whole namespace': ['Deployment/invoices: injected (Injected)'],
  'Opting out': ['CronJob/cleanup: skipped (OptedOut)', 'Deployment/invoices: injected (Injected)'],
  'An order that cannot be': ['Pod/web: denied (OrderCycle)'],
  'A profile of your own': ['Deployment/web: injected (Injected)'],
}

describe('an example of the playground', () => {
  it('is known to this test', () => {
    expect(all.map(({ title }) => title)).toEqual(Object.keys(expected))
  })

  it.each(all)('has one sentence or two, and ends in a line break: $title', ({ sentence, manifest }) => {
    expect(sentence).toMatch(/^[A-Z].{20,140}\.$/)
    expect(manifest).toMatch(/^apiVersion: .*\n$/s)
  })

  it.each(Object.entries(expected))('gives what it is about: %s', (title, outcomes) => {
    const { workloads } = answerTo(title)
    expect(workloads.map(({ title, outcome, reason }) => `${title}: ${outcome} (${reason})`)).toEqual(
      outcomes,
    )
  })

  it('of a Job: its sidecar is native, and Kubernetes 1.28 has none', () => {
    expect(answerTo('A Job that ends').result.text).toContain('restartPolicy: Always')
    const { workloads } = answerTo('A Job that ends', { ...asUsual, kubernetesVersion: '1.28' })
    expect(workloads[0]).toMatchObject({ outcome: 'skipped', reason: 'JobWouldNeverFinish' })
  })

  it('of typing mistakes: all are told at once', () => {
    const { workloads, manifestDiagnostics } = answerTo('Typing mistakes')
    const told = [workloads[0]?.message, ...manifestDiagnostics.map(({ message }) => message)].join('\n')
    expect(told).toContain('did you mean "log-tail"?')
    expect(told).toContain('pillion.dev/log-tail.flie')
    expect(told).toContain('"64MB" is not a quantity')
  })

  it('of hostNetwork: one profile denies, the other one is left out', () => {
    const { explanation = '' } = answerTo('hostNetwork').workloads[0] ?? {}
    expect(explanation).toContain('profile proxy: with hostNetwork')
    expect(explanation).toContain('profile statsd is skipped')
  })

  it('of a volume: no volume is added', () => {
    const { patch = [] } = answerTo('A volume that is there already').workloads[0] ?? {}
    expect(patch.length).toBeGreaterThan(0)
    expect(patch.filter(({ path }) => path.startsWith('/spec/volumes'))).toEqual([])
  })

  it('of a conflict: another name for the container solves it', () => {
    const { manifest = '' } = all.find(({ title }) => title === 'A conflict') ?? {}
    const renamed = manifest.replace('- name: log-tail', '- name: shipper')
    expect(analysis.answer({ id: 2, manifest: renamed, profiles, whatIf: asUsual }).workloads).toMatchObject([
      { outcome: 'injected' },
    ])
  })

  it('of an order: it works as its comment says', () => {
    const { manifest = '', profiles: own = {} } = all.find(({ title }) => title.startsWith('An order')) ?? {}
    const corrected = Object.entries(own).map(([file, text]) => ({
      file,
      text: text.replace('before: [agent] # write after here', 'after: [agent]'),
    }))
    expect(
      analysis.answer({ id: 3, manifest, profiles: corrected, whatIf: asUsual }).workloads,
    ).toMatchObject([{ outcome: 'injected' }])
  })
})
