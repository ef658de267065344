import { hasMinor } from '../../engine/render/render.ts'
import { canonical, isObject, type Json, type JsonObject, objectAt, objectsIn } from '../../json/json.ts'
import {
  type LiveInstallation,
  serviceAccountOf,
  settingOf,
  versionOf,
  webhookConfigurations,
} from '../cluster/installation.ts'
import { check, read, warning } from './finding.ts'
import { tokenRules } from './token-rules.ts'

/** Whether a policy limits Pillion's token to what Pillion does. Pillion also works without it. */
export const tokenPolicy = check('token policy', async function* (installation) {
  const { cluster, deployment, repair } = installation
  const rollsOut = settingOf(installation, 'rollout') === 'true'
  const name = `${installation.name}-token`
  const [policy, binding] = await Promise.all([
    cluster.get(`${webhookConfigurations}/validatingadmissionpolicies/${name}`),
    cluster.get(`${webhookConfigurations}/validatingadmissionpolicybindings/${name}`),
  ])
  const [policySpec, bindingSpec] = [policy, binding].map(seen => read(seen) && objectAt(read(seen), 'spec'))
  if (!policySpec || !bindingSpec) {
    const missing = policySpec ? 'ValidatingAdmissionPolicyBinding' : 'ValidatingAdmissionPolicy'
    const changesPods = rollsOut ? ', and change every Pod (--rollout is true)' : ''
    yield warning(
      `there is no ${missing} ${name}, which needs Kubernetes 1.30: a stolen token of Pillion can take over the cluster${changesPods}`,
      await policyRepair(installation),
    )
    return undefined
  }
  const mayEvict = expressionIn(policySpec, 'mayEvict') === 'true'
  const evicts = settingOf(installation, 'sweepEvict') === 'missed'
  if (evicts && !mayEvict) {
    yield warning(`--sweep-evict is missed, but ${name} denies every eviction`, evicting)
    return undefined
  }
  const mayUpdatePods = expressionIn(policySpec, 'mayUpdatePods') === 'true'
  if (rollsOut && !mayUpdatePods) {
    yield warning(`--rollout is true, but ${name} denies every change of a Pod`, rollingOut)
    return undefined
  }
  const weaknesses = {
    ...weaknessesOf(policySpec, installation),
    ...weaknessesOfBinding(bindingSpec, name),
    [`${name} allows evictions, although --sweep-evict is none`]:
      mayEvict && !evicts && deployment.state === 'there',
    [`${name} allows changes of Pods, although --rollout is false`]:
      mayUpdatePods && !rollsOut && deployment.state === 'there',
  }
  for (const [weakness, isPresent] of Object.entries(weaknesses))
    if (isPresent) yield warning(`${weakness}: a stolen token can do more than Pillion`, repair)
  return `${name} limits Pillion's token to what Pillion does`
})

/** How to install the policies of Pillion's token. */
export async function policyRepair({ cluster, repair }: LiveInstallation): Promise<string> {
  if (!hasMinor(await versionOf(cluster), 30)) return 'upgrade to Kubernetes 1.30 or newer'
  return repair.startsWith('helm') ? `${repair} --set tokenPolicy.enabled=true` : repair
}

const evicting = 'sweep.evict of the chart sets both, and so does kubectl apply -k deploy/overlays/evict'
const rollingOut =
  'rollout.enabled of the chart sets both, and so does kubectl apply -k deploy/overlays/rollout'

/** By sentence, whether a policy is weaker in this way than the one of this version. */
type Weaknesses = Readonly<Record<string, boolean>>

function weaknessesOf(spec: JsonObject, installation: LiveInstallation): Weaknesses {
  const { name, namespace } = installation
  const policy = `the ValidatingAdmissionPolicy ${name}-token`
  const account = `system:serviceaccount:${namespace}:${serviceAccountOf(installation)}`
  const username = `request.userInfo.username == '${account}'`
  const constraints = objectAt(spec, 'matchConstraints')
  const conditions = objectsIn(spec['matchConditions'])
  const hasRules =
    expressionIn(spec, 'installation') === `'${name}'` &&
    expressionIn(spec, 'home') === `'${namespace}'` &&
    includesAll(spec['variables'], tokenRules.variables) &&
    includesAll(spec['validations'], tokenRules.validations)
  const isForAll =
    canonical(constraints['resourceRules']) === canonical(tokenRules.matchConstraints.resourceRules) &&
    !isNarrowed(constraints)
  return {
    [`${policy} has failurePolicy Ignore, not Fail`]: spec['failurePolicy'] === 'Ignore',
    [`${policy} has other matchConditions than ${username}`]:
      conditions.length !== 1 || conditions[0]?.['expression'] !== username,
    [`${policy} has other matchConstraints than this version of Pillion`]: !isForAll,
    [`${policy} has other variables or validations than this version of Pillion`]: !hasRules,
  }
}

function weaknessesOfBinding(spec: JsonObject, policyName: string): Weaknesses {
  const binding = `the ValidatingAdmissionPolicyBinding ${policyName}`
  const { validationActions: actions, paramRef } = spec
  return {
    [`${binding} is for another policy`]: spec['policyName'] !== policyName,
    [`${binding} has validationActions without Deny`]: !(Array.isArray(actions) && actions.includes('Deny')),
    [`${binding} has matchResources or paramRef: the policy does not apply to all requests`]:
      isNarrowed(objectAt(spec, 'matchResources')) || paramRef !== undefined,
  }
}

/** The CEL expression of a variable of the policy. The chart writes its value. */
function expressionIn(spec: JsonObject, variable: string): Json | undefined {
  return objectsIn(spec['variables']).find(({ name }) => name === variable)?.['expression']
}

/** Whether a policy or binding holds only for some objects. */
export function isNarrowed({ namespaceSelector, objectSelector, excludeResourceRules }: JsonObject): boolean {
  const isSet = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0
  return [namespaceSelector, objectSelector, excludeResourceRules].some(isSet)
}

/** Compares only expressions: the API server adds defaults to the other fields. */
export function includesAll(
  found: Json | undefined,
  wanted: readonly { readonly expression: string }[],
): boolean {
  const expressions = new Set(objectsIn(found).map(({ expression }) => expression))
  return wanted.every(({ expression }) => expressions.has(expression))
}
