import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { chart, describeWithHelm, helm, refusal, root } from './helm.ts'
import { installations } from './installations.ts'

describeWithHelm('the values', () => {
  it.each(Object.entries(installations))(
    '"%s" pass helm lint --strict',
    async (_, { values = '', files = [] }) => {
      const flags = ['--namespace=pillion', '--kube-version=1.34.0', ...files.map(file => `--values=${file}`)]
      const { code, out, err } = await helm(['lint', '--strict', chart, ...flags, '--values=-'], values)
      expect({ code, said: code === 0 ? '' : out + err }).toEqual({ code: 0, said: '' })
    },
  )

  it.each([
    { values: 'replica: 3', path: /replica/, why: 'a misspelt name' },
    {
      values: 'webhook: { failurePolcy: Fail }',
      path: /\/?webhook.*failurePolcy/s,
      why: 'one within another',
    },
    {
      values: 'webhook: { failurePolicy: Sometimes }',
      path: /webhook\/failurePolicy/,
      why: 'a word that is none',
    },
    { values: 'replicas: two', path: /replicas/, why: 'a text for a number' },
    { values: 'webhook: { timeoutSeconds: 31 }', path: /webhook\/timeoutSeconds/, why: 'too large a number' },
    { values: 'image: { digest: latest }', path: /image\/digest/, why: 'a digest that is none' },
    { values: 'excludedNamespaces: ["a b"]', path: /excludedNamespaces\/0/, why: 'no name of a namespace' },
    { values: 'catalog: { log-tial: {} }', path: /catalog.*log-tial/s, why: 'a profile that is not there' },
    {
      values: 'catalog: { log-tail: { parameters: { paht: /x } } }',
      path: /catalog\/log-tail\/parameters.*paht/s,
      why: 'a parameter that a profile does not have',
    },
    {
      values: 'catalog: { log-tail: { parameters: { user: root } } }',
      path: /catalog\/log-tail\/parameters\/user/,
      why: 'a parameter of another type',
    },
    {
      values: 'catalog: { init-config: { parameters: { missing: ignore } } }',
      path: /catalog\/init-config\/parameters\/missing/,
      why: 'a word that a parameter does not allow',
    },
    {
      values: 'resources: { limits: { memory: 64MB } }',
      path: /resources\/limits\/memory/,
      why: 'no quantity',
    },
    {
      values: 'catalog: { log-tail: { parameters: { memory: 64MB } } }',
      path: /catalog\/log-tail\/parameters\/memory.*64MB.*Mi/s,
      why: 'no quantity in a parameter',
    },
    {
      values: 'catalog: { log-tail: { parameters: { image: "busybox 1.37" } } }',
      path: /catalog\/log-tail\/parameters\/image/,
      why: 'a text that a parameter does not allow',
    },
    { values: 'priorityClassName: Very High', path: /priorityClassName/, why: 'no name of an object' },
    {
      values: 'fullnameOverride: my_pillion',
      path: /fullnameOverride/,
      why: 'a name that Kubernetes does not allow',
    },
    { values: 'image: { tag: "v 1" }', path: /image\/tag/, why: 'no tag' },
    {
      values: 'certificates: { certManager: { duration: 90 days } }',
      path: /certificates\/certManager\/duration/,
      why: 'no duration',
    },
    {
      values: 'monitoring: { serviceMonitor: { interval: "30" } }',
      path: /monitoring\/serviceMonitor\/interval/,
      why: 'a duration without a unit',
    },
  ])('are refused with their path for $why', async ({ values, path }) => {
    expect(await refusal({ values })).toMatch(path)
  })

  it('may come with what a chart around this one calls global', async () => {
    expect(await refusal({ values: 'global: { region: north }' })).toBeUndefined()
  })

  it('are all in values.yaml', () => {
    const values = parse(readFileSync(join(root, chart, 'values.yaml'), 'utf8'))
    const schema = JSON.parse(readFileSync(join(root, chart, 'values.schema.json'), 'utf8'))
    expect(missing(schema, values)).toEqual([])
  })
})

/** The paths of groups' members that the values do not have. */
function missing({ properties = {}, ...schema }: Schema, values: Record<string, unknown>, at = ''): string[] {
  if ('default' in schema) return []
  return Object.entries(properties).flatMap(([name, member]) => {
    if (name === 'global') return []
    const value = values[name]
    if (value === undefined) return [`${at}${name}`]
    return missing(member, Object(value) as Record<string, unknown>, `${at}${name}.`)
  })
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}
