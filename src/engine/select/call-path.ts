import { isObject, type Json, type JsonObject, objectsIn } from '../../json/json.ts'
import type { LabelSelector } from '../../profile/schema/core-schema.ts'
import { annotation, type Namespace, type Pod, type Strings } from '../pod.ts'
import { matchCondition } from './match-condition.ts'
import { matchesLabels } from './select.ts'

/** Whether the API server calls one webhook for a Pod that is created. */
export interface WebhookCall {
  readonly webhook: string
  /** `unknown` where an expression has an answer only in the API server. */
  readonly outcome: 'called' | 'not called' | 'unknown'
  readonly because: string
  /** What becomes of the Pod when the call fails. */
  readonly failurePolicy: string
  readonly reinvocationPolicy: string
  readonly timeoutSeconds: number
}

/** The creation of one Pod. */
export interface Creation {
  readonly pod: Pod
  readonly namespace: Namespace
}

/**
 * What the API server would do with each webhook of a MutatingWebhookConfiguration when the Pod is created; pure.
 * The order of the questions is the API server's own: selectors, rules, match conditions.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
export function callPath(configuration: JsonObject, creation: Creation): readonly WebhookCall[] {
  return webhooksOf(configuration).map(webhook => callOf(webhook, creation))
}

/**
 * Whether any webhook of a configuration would be called if a Pod that runs were created now. A Pod that asks for nothing
 * itself, and has what `pillion inject` put into its manifest, counts as one that asks.
 */
export function isCalledFor(configuration: JsonObject, { pod, namespace }: Creation): Answer {
  const { annotations = {} } = pod.metadata ?? {}
  const asking = { ...annotations, [annotation.inject]: annotations[annotation.inject] ?? '' }
  const creation = { pod: { ...pod, metadata: { ...pod.metadata, annotations: asking } }, namespace }
  const calls = callPath(configuration, creation)
  const decisive =
    calls.find(({ outcome }) => outcome === 'called') ?? calls.find(({ outcome }) => outcome === 'unknown')
  if (decisive) return { outcome: decisive.outcome, because: decisive.because }
  return notCalled(calls.map(({ webhook, because }) => `${webhook}: ${because}`).join('; '))
}

/** The webhooks of a configuration of either kind. */
export function webhooksOf({ webhooks }: JsonObject): readonly JsonObject[] {
  return objectsIn(webhooks)
}

/** Whether a webhook may be called when a Pod is created, whatever its selectors and conditions say of one. */
export function concernsPods({ rules }: JsonObject): boolean {
  return objectsIn(rules).some(isForPodCreation)
}

function callOf(webhook: JsonObject, creation: Creation): WebhookCall {
  const { name, failurePolicy, reinvocationPolicy, timeoutSeconds } = webhook
  return {
    webhook: String(name),
    ...answerOf(webhook, creation),
    // The API server's defaults, which it writes into what is stored.
    failurePolicy: String(failurePolicy ?? 'Fail'),
    reinvocationPolicy: String(reinvocationPolicy ?? 'Never'),
    timeoutSeconds: Number(timeoutSeconds ?? 10),
  }
}

/** Whether it is called, and why, in a sentence. */
export type Answer = Pick<WebhookCall, 'outcome' | 'because'>

function answerOf(webhook: JsonObject, { pod, namespace }: Creation): Answer {
  const excludedNamespace = unmet(webhook['namespaceSelector'], namespace.labels)
  if (excludedNamespace !== undefined)
    return notCalled(`its namespaceSelector leaves out namespace ${namespace.name}: ${excludedNamespace}`)
  const excludedPod = unmet(webhook['objectSelector'], pod.metadata?.labels ?? {})
  if (excludedPod !== undefined) return notCalled(`its objectSelector leaves out the Pod: ${excludedPod}`)
  if (!concernsPods(webhook)) return notCalled('its rules do not have the creation of Pods')
  return conditionsOf(webhook, { pod, namespace })
}

/** One that is false settles it, whatever another one cannot tell. */
function conditionsOf({ matchConditions }: JsonObject, creation: Creation): Answer {
  const scope = { object: creation.pod, oldObject: null, request: requestFor(creation) }
  let undecided: Answer | undefined
  for (const { name, expression } of objectsIn(matchConditions)) {
    const result = matchCondition(String(expression), scope)
    const condition = `its matchCondition ${String(name)} (${onOneLine(String(expression))})`
    if ('error' in result) {
      undecided ??= { outcome: 'unknown', because: `${condition} cannot be evaluated here: ${result.error}` }
    } else if (!result.holds) return notCalled(`${condition} is false`)
  }
  return undecided ?? { outcome: 'called', because: 'its selectors, rules and matchConditions are met' }
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function notCalled(because: string): Answer {
  return { outcome: 'not called', because }
}

/** What is known of the AdmissionRequest: not who asks. */
function requestFor({ pod, namespace }: Creation): JsonObject {
  return {
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: pod.metadata?.name ?? '',
    namespace: namespace.name,
    dryRun: false,
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules */
function isForPodCreation({ apiGroups, apiVersions, operations, resources, scope }: JsonObject): boolean {
  const has = (list: Json | undefined, wanted: string) =>
    Array.isArray(list) && list.some(item => item === wanted || item === '*')
  const isPods = (resource: Json) => /^(\*|pods)(\/\*)?$/.test(String(resource))
  return (
    has(apiGroups, '') &&
    has(apiVersions, 'v1') &&
    has(operations, 'CREATE') &&
    Array.isArray(resources) &&
    resources.some(isPods) &&
    scope !== 'Cluster'
  )
}

/** The first requirement of a selector that labels do not meet. */
function unmet(selector: Json | undefined, labels: Strings): string | undefined {
  const { matchLabels = {}, matchExpressions = [] } = (isObject(selector)
    ? selector
    : {}) as unknown as LabelSelector
  const equals = Object.entries(matchLabels).map(([key, value]) => ({
    part: { matchLabels: { [key]: value } },
    text: `${key} must be ${value}`,
  }))
  const expressions = matchExpressions.map(requirement => ({
    part: { matchExpressions: [requirement] },
    text: `${requirement.key} ${requirement.operator}${requirement.values ? ` ${requirement.values.join(', ')}` : ''}`,
  }))
  return [...equals, ...expressions].find(({ part }) => !matchesLabels(part, labels))?.text
}
