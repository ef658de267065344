import { canonical, isObject, type JsonObject, objectsIn } from '../../json/json.ts'
import { deploymentOf, podSpecIn, settingIn } from '../cluster/deployment.ts'
import { type LiveInstallation, webhookConfigurations } from '../cluster/installation.ts'
import { objectAt } from '../cluster/objects.ts'
import { type Check, findingsOf } from './finding.ts'
import { tokenRules } from './token-rules.ts'

const { ok, warning, unknown } = findingsOf('token policy')

/** Whether a policy limits Pillion's token to what Pillion does. Pillion also works without it. */
export const tokenPolicy: Check = async installation => {
  const { cluster, name } = installation
  const [policy, binding] = await Promise.all(
    ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(plural =>
      cluster.get(`${webhookConfigurations}/${plural}/${name}-token`),
    ),
  )
  const unseen = [policy, binding].find(seen => seen?.state === 'unknown')
  if (unseen?.state === 'unknown') return [unknown(unseen.why)]
  if (policy?.state !== 'there') return [missing(`there is no ValidatingAdmissionPolicy ${name}-token`)]
  if (binding?.state !== 'there')
    return [missing(`there is no ValidatingAdmissionPolicyBinding ${name}-token`)]
  const deployment = await deploymentOf(installation)
  const { serviceAccountName = name } = podSpecIn(deployment)
  const mayEvict = expressionOf(policy.value, 'mayEvict') === 'true'
  const evicts = settingIn(deployment, 'sweepEvict') === 'missed'
  if (evicts && !mayEvict)
    return [warning(`--sweep-evict is missed, but ${name}-token denies every eviction`, evicting)]
  const weaknesses = [
    ...weaknessesOf(objectAt(policy.value, 'spec'), installation, String(serviceAccountName)),
    ...weaknessesOfBinding(objectAt(binding.value, 'spec'), `${name}-token`),
    ...(mayEvict && !evicts && deployment.state === 'there'
      ? [`${name}-token allows evictions, although --sweep-evict is dry-run`]
      : []),
  ]
  return weaknesses.length > 0
    ? weaknesses.map(weakness => warning(`${weakness}: a stolen token can do more than Pillion`, apply))
    : [ok(`${name}-token limits Pillion's token to what Pillion does`)]
}

const apply = 'kubectl apply -k deploy/ (token-policy.yaml), or tokenPolicy.enabled of the chart'

const evicting =
  "sweep.evict of the chart sets both; with deploy/ set the variable mayEvict of token-policy.yaml to 'true'"

/** The expression of a variable that the chart fills in. */
function expressionOf(policy: JsonObject, name: string): unknown {
  return objectsIn(objectAt(policy, 'spec')['variables']).find(each => each['name'] === name)?.['expression']
}

function missing(what: string) {
  return warning(
    `${what}: a stolen token of Pillion can take over the cluster`,
    `${apply}; it needs Kubernetes 1.30`,
  )
}

function weaknessesOf(
  spec: JsonObject,
  { name, namespace }: LiveInstallation,
  serviceAccount: string,
): readonly string[] {
  const policy = `the ValidatingAdmissionPolicy ${name}-token`
  const username = `request.userInfo.username == 'system:serviceaccount:${namespace}:${serviceAccount}'`
  const constraints = objectAt(spec, 'matchConstraints')
  const [condition, ...more] = objectsIn(spec['matchConditions'])
  const isFilledIn =
    expressionOf({ spec }, 'installation') === `'${name}'` &&
    expressionOf({ spec }, 'home') === `'${namespace}'`
  const rules = { variables: [], validations: [], ...spec }
  return [
    ...(spec['failurePolicy'] === 'Ignore' ? [`${policy} has failurePolicy Ignore, not Fail`] : []),
    ...(condition?.['expression'] === username && more.length === 0
      ? []
      : [`${policy} has other matchConditions than ${username}`]),
    ...(canonical(constraints['resourceRules']) === canonical(tokenRules.matchConstraints.resourceRules) &&
    !isNarrowed(constraints)
      ? []
      : [`${policy} has other matchConstraints than this version of Pillion`]),
    ...(isFilledIn &&
    includesAll(rules.variables, tokenRules.variables) &&
    includesAll(rules.validations, tokenRules.validations)
      ? []
      : [`${policy} has other variables or validations than this version of Pillion`]),
  ]
}

function weaknessesOfBinding(spec: JsonObject, policyName: string): readonly string[] {
  const binding = `the ValidatingAdmissionPolicyBinding ${policyName}`
  const actions = Array.isArray(spec['validationActions']) ? spec['validationActions'] : []
  return [
    ...(spec['policyName'] === policyName ? [] : [`${binding} is for another policy`]),
    ...(actions.includes('Deny') ? [] : [`${binding} has validationActions without Deny`]),
    ...(isNarrowed(objectAt(spec, 'matchResources')) || spec['paramRef'] !== undefined
      ? [`${binding} has matchResources or paramRef: the policy does not apply to all requests`]
      : []),
  ]
}

function isNarrowed({ namespaceSelector, objectSelector, excludeResourceRules }: JsonObject): boolean {
  const isSet = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0
  return [namespaceSelector, objectSelector, excludeResourceRules].some(isSet)
}

/** Compares only expressions: the API server adds defaults to the other fields. */
function includesAll(found: unknown, wanted: readonly { readonly expression: string }[]): boolean {
  const expressions = new Set(objectsIn(Array.isArray(found) ? found : []).map(each => each['expression']))
  return wanted.every(({ expression }) => expressions.has(expression))
}
