import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { readYaml } from '../src/profile/yaml/read.ts'

const root = join(import.meta.dirname, '..')
const ajv = new Ajv({
  strict: true,
  allErrors: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
})
const validators = {
  profile: ajv.compile(JSON.parse(read('docs/schema/profile.json'))),
  annotations: ajv.compile(JSON.parse(read('docs/schema/annotations.json'))),
}

/** What another validator than Pillion's says: the path and the rule of each problem. */
function problemsOf(schema: keyof typeof validators, text: string): readonly string[] {
  const values = readYaml(text).documents.map(({ value }) => value)
  return values.flatMap(value => {
    const validate = validators[schema]
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)
  })
}

describe('the JSON Schema of profiles', () => {
  it.each(globSync('{catalog,src/cli/test/golden/*/profiles}/*.yaml', { cwd: root }).sort())(
    'accepts %s',
    file => {
      expect(problemsOf('profile', read(file))).toEqual([])
    },
  )

  const valid = read('catalog/log-tail.yaml')
  it.each([
    {
      what: 'a misspelt field',
      from: 'parameters:',
      to: 'parameter:',
      problem: '/spec additionalProperties',
    },
    {
      what: 'a type that does not exist',
      from: 'type: integer',
      to: 'type: int',
      problem: '/spec/parameters/user/type enum',
    },
    { what: 'another kind', from: 'kind: ClusterSidecarProfile', to: 'kind: Profile', problem: '/kind enum' },
    { what: 'a number as a name', from: 'name: log-tail', to: 'name: 7', problem: '/metadata/name type' },
  ])('denies $what', ({ from, to, problem }) => {
    expect(valid).toContain(from)
    expect(problemsOf('profile', valid.replace(from, to))).toContain(problem)
  })

  it('has the meaning of a field, which an editor shows', () => {
    expect(
      JSON.parse(read('docs/schema/profile.json')).properties.spec.properties.lifecycle.description,
    ).toMatch(/native/)
  })
})

describe('the JSON Schema of annotations', () => {
  it.each(globSync('examples/*.yaml', { cwd: root }).sort())('accepts %s', file => {
    expect(problemsOf('annotations', read(file))).toEqual([])
  })

  const pod = (line: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    ${line}\n`
  const job = (line: string) =>
    `apiVersion: batch/v1\nkind: CronJob\nspec: { jobTemplate: { spec: { template: { metadata: { annotations: { ${line} } } } } } }\n`
  it.each([
    { text: pod('pillion.dev/inject: true'), problem: '/metadata/annotations/pillion.dev~1inject type' },
    {
      text: pod('pillion.dev/log-tail.user: "x"'),
      problem: '/metadata/annotations/pillion.dev~1log-tail.user pattern',
    },
    {
      text: pod('pillion.dev/log-tail.user: 1000'),
      problem: '/metadata/annotations/pillion.dev~1log-tail.user type',
    },
    {
      text: job('pillion.dev/inject: false'),
      problem: '/spec/jobTemplate/spec/template/metadata/annotations/pillion.dev~1inject type',
    },
  ])('denies $problem', ({ text, problem }) => {
    expect(problemsOf('annotations', text)).toEqual([problem])
  })
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
