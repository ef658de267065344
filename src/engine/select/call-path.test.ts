import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../json/json.ts'
import type { Namespace, Pod } from '../pod.ts'
import { callPath, concernsPods, isCalledFor, webhooksOf } from './call-path.ts'

const shipped = parseAllDocuments(readFileSync('deploy/base/webhook.yaml', 'utf8'))
  .map(document => document.toJS() as JsonObject)
  .find(({ kind }) => kind === 'MutatingWebhookConfiguration') as JsonObject

const pod = (annotations?: Pod['metadata']): Pod => ({
  metadata: { name: 'app', ...annotations },
  spec: { containers: [{ name: 'app', image: 'example/app:1', ports: [{ containerPort: 80 }] }] },
})
const asking = pod({ annotations: { 'pillion.dev/inject': 'logging' } })
const silent = pod()

const space = (name: string, labels = {}): Namespace => ({
  name,
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
  annotations: {},
})
const enabled = space('bank', { 'pillion.dev/inject': 'enabled' })

describe('the configuration that is shipped', () => {
  it.each([
    { who: 'a Pod that asks', pod: asking, namespace: space('shop'), by: 'pod' },
    { who: 'a silent Pod', pod: silent, namespace: space('shop'), by: undefined },
    { who: 'a silent Pod of an enabled namespace', pod: silent, namespace: enabled, by: 'namespace' },
    { who: 'a Pod that asks in one', pod: asking, namespace: enabled, by: 'namespace' },
    { who: 'a Pod of Pillion itself', pod: asking, namespace: space('pillion'), by: undefined },
    { who: 'a Pod of the system', pod: asking, namespace: space('kube-system'), by: undefined },
  ])('has $who asked about by $by', ({ pod, namespace, by }) => {
    const called = callPath(shipped, { pod, namespace }).filter(({ outcome }) => outcome === 'called')
    expect(called.map(({ webhook }) => webhook)).toEqual(by ? [`${by}.inject.pillion.dev`] : [])
  })

  it('says which condition is false, and which label is in the way', () => {
    const because = callPath(shipped, { pod: silent, namespace: space('shop') }).map(each => each.because)
    expect(because).toEqual([
      "its matchCondition asks (has(object.metadata.annotations) && 'pillion.dev/inject' in object.metadata.annotations) is false",
      'its namespaceSelector leaves out namespace shop: pillion.dev/inject In enabled',
    ])
  })

  it('says what becomes of a Pod when the call fails', () => {
    expect(callPath(shipped, { pod: asking, namespace: space('shop') })[0]).toMatchObject({
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      timeoutSeconds: 5,
    })
  })
})

describe('a webhook', () => {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }
  const answer = (webhook: JsonObject) =>
    callPath(
      { webhooks: [{ name: 'w', rules: [rule], ...webhook }] },
      { pod: asking, namespace: space('shop') },
    )[0]

  it.each([
    { rule: { resources: ['*'] }, called: true },
    { rule: { resources: ['*/*'] }, called: true },
    { rule: { resources: ['pods/*'] }, called: true },
    { rule: { resources: ['pods/exec'] }, called: false },
    { rule: { resources: ['*/status'] }, called: false },
    { rule: { operations: ['*'] }, called: true },
    { rule: { operations: ['UPDATE', 'DELETE'] }, called: false },
    { rule: { apiGroups: ['*'], apiVersions: ['*'] }, called: true },
    { rule: { apiGroups: ['apps'] }, called: false },
    { rule: { apiVersions: ['v2'] }, called: false },
    { rule: { scope: 'Namespaced' }, called: true },
    { rule: { scope: 'Cluster' }, called: false },
  ])('with the rule $rule is called: $called', ({ rule: part, called }) => {
    expect(answer({ rules: [{ ...rule, ...part }] })?.outcome).toBe(called ? 'called' : 'not called')
  })

  it('is not called for what its objectSelector leaves out', () => {
    expect(answer({ objectSelector: { matchLabels: { app: 'web' } } })).toMatchObject({
      outcome: 'not called',
      because: 'its objectSelector leaves out the Pod: app must be web',
    })
  })

  it.each([
    ['Exists', undefined, 'app Exists'],
    ['In', ['a', 'b'], 'app In a, b'],
  ])('says which expression of a selector is not met: %s', (operator, values, says) => {
    const matchExpressions = [{ key: 'app', operator, ...(values && { values }) }]
    expect(answer({ namespaceSelector: { matchExpressions } })?.because).toBe(
      `its namespaceSelector leaves out namespace shop: ${says}`,
    )
  })

  it('is asked about the Pod as it is created', () => {
    const asks = (expression: string, about = asking) =>
      callPath(
        { webhooks: [{ name: 'w', rules: [rule], matchConditions: [{ name: 'c', expression }] }] },
        { pod: about, namespace: space('shop') },
      )[0]?.outcome
    for (const expression of [
      'request.operation == "CREATE"',
      'request.kind == {"group": "", "version": "v1", "kind": "Pod"}',
      'request.resource == {"group": "", "version": "v1", "resource": "pods"}',
      'request.subResource == ""',
      'request.name == "app"',
      'request.namespace == "shop"',
      '!request.dryRun',
    ])
      expect(asks(expression), expression).toBe('called')
    expect(asks('request.name == ""', { spec: asking.spec! })).toBe('called')
  })

  it('quotes a condition on one line', () => {
    const matchConditions = [{ name: 'c', expression: ' false\n  &&   true ' }]
    expect(answer({ matchConditions })?.because).toBe('its matchCondition c (false && true) is false')
  })

  it('is not known to be called by the first condition that has no answer here', () => {
    const matchConditions = [
      { name: 'a', expression: 'authorizer.nothing()' },
      { name: 'b', expression: 'authorizer.other()' },
    ]
    expect(answer({ matchConditions })?.because).toMatch(
      /^its matchCondition a .* cannot be evaluated here: ./,
    )
  })

  it('has the defaults of the API server', () => {
    expect(answer({})).toMatchObject({
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      timeoutSeconds: 10,
    })
  })

  it.each([
    "authorizer.group('').resource('pods').check('get').allowed()",
    "request.userInfo.username == 'someone'",
    'object.spec.(',
    "'text'",
  ])('says so where only the API server knows: %s', expression => {
    expect(answer({ matchConditions: [{ name: 'c', expression }] })).toMatchObject({
      outcome: 'unknown',
      because: expect.stringContaining('cannot be evaluated here'),
    })
  })

  it('is settled by a condition that is false, whatever the others are', () => {
    const matchConditions = [
      { name: 'a', expression: 'authorizer.nothing()' },
      { name: 'b', expression: "request.operation == 'UPDATE'" },
    ]
    expect(answer({ matchConditions })?.outcome).toBe('not called')
  })

  it('sees the integers of a Pod as ints, and no Pod before it', () => {
    const matchConditions = [
      {
        name: 'a',
        expression: 'oldObject == null && object.spec.containers[0].ports[0].containerPort == 80',
      },
    ]
    expect(answer({ matchConditions })?.outcome).toBe('called')
  })
})

it('has nothing to say of a configuration without webhooks', () => {
  expect(callPath({}, { pod: asking, namespace: space('shop') })).toEqual([])
})

it('tells the webhooks that may be called for a new Pod from those that are not about Pods', () => {
  expect(webhooksOf(shipped).map(concernsPods)).toEqual([true, true])
  const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['*'] }]
  expect(concernsPods({ rules })).toBe(false)
  expect(concernsPods({})).toBe(false)
})

describe('the webhooks of a configuration, for a Pod that runs', () => {
  const [first = {}, second = {}] = shipped['webhooks'] as JsonObject[]
  const withFirst = (more: JsonObject) => ({ ...shipped, webhooks: [{ ...first, ...more }, second] })
  const carrying = pod({ annotations: { 'pillion.dev/status': '{}' } })
  const objectSelector = { matchLabels: { sidecars: 'wanted' } }
  const asker = { name: 'asker', expression: "request.userInfo.username != 'system:admin'" }
  it.each<{ what: string; configuration: JsonObject; pod: Pod; outcome: string }>([
    { what: 'a Pod that asks', configuration: shipped, pod: asking, outcome: 'called' },
    {
      what: 'one that carries what it got elsewhere',
      configuration: shipped,
      pod: carrying,
      outcome: 'called',
    },
    {
      what: 'one that a selector leaves out',
      configuration: withFirst({ objectSelector }),
      pod: asking,
      outcome: 'not called',
    },
    {
      what: 'one of which only the API server can tell',
      configuration: withFirst({ matchConditions: [asker] }),
      pod: asking,
      outcome: 'unknown',
    },
  ])('are, or are not, called: $what', ({ configuration, pod, outcome }) => {
    expect(isCalledFor(configuration, { pod, namespace: space('shop') }).outcome).toBe(outcome)
  })

  it('are called when one of them is, whatever another one cannot tell', () => {
    const configuration = withFirst({ matchConditions: [asker] })
    const all = { ...configuration, webhooks: [...configuration.webhooks, { ...first, name: 'other' }] }
    expect(isCalledFor(all, { pod: asking, namespace: space('shop') }).outcome).toBe('called')
  })
})
