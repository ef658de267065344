import { canonical, type JsonObject, objectAt, objectsIn } from '../../json/json.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { type LiveInstallation, serviceAccountOf, webhookConfigurations } from '../cluster/installation.ts'
import { check, read, warning } from './finding.ts'
import { revisionRules } from './revision-rules.ts'
import { includesAll, isNarrowed, policyRepair } from './token-policy.ts'

/** Whether Pillion's token can keep only specs that somebody wrote into a profile. Pillion also works without this. */
export const revisionPolicy = check('revision policy', async function* (installation) {
  const { cluster, name, repair } = installation
  for (const rules of revisionRules) {
    const own = `${name}-token-${rules.resource}`
    const [policy, binding] = await Promise.all(
      ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(async kind => {
        const seen = read(await cluster.get(`${webhookConfigurations}/${kind}/${own}`))
        return seen && objectAt(seen, 'spec')
      }),
    )
    const weaknesses = {
      [`there is no ValidatingAdmissionPolicy ${own}, which needs Kubernetes 1.30`]: !policy,
      [`there is no ValidatingAdmissionPolicyBinding ${own}`]: policy && !binding,
      [`the ValidatingAdmissionPolicy ${own} is not that of this version of Pillion`]:
        policy && !isRight(policy, rules, installation),
      [`the ValidatingAdmissionPolicyBinding ${own} is not that of this version of Pillion`]:
        policy && binding && !isRightBinding(binding, own),
    }
    for (const [weakness, isPresent] of Object.entries(weaknesses))
      if (isPresent)
        yield warning(
          `${weakness}: with a stolen token of Pillion, Pods can get a ${rules.kind} that nobody wrote`,
          policy ? repair : await policyRepair(installation),
        )
  }
  return 'Pillion can keep only revisions that somebody wrote'
})

function isRight(
  spec: JsonObject,
  { kind, matchConstraints, validations }: (typeof revisionRules)[number],
  installation: LiveInstallation,
): boolean {
  const account = `system:serviceaccount:${installation.namespace}:${serviceAccountOf(installation)}`
  const conditions = objectsIn(spec['matchConditions'])
  const constraints = objectAt(spec, 'matchConstraints')
  return (
    spec['failurePolicy'] === 'Fail' &&
    canonical(spec['paramKind']) === canonical({ apiVersion, kind }) &&
    conditions.length === 1 &&
    conditions[0]?.['expression'] === `request.userInfo.username == '${account}'` &&
    canonical(constraints['resourceRules']) === canonical(matchConstraints.resourceRules) &&
    !isNarrowed(constraints) &&
    includesAll(spec['validations'], validations)
  )
}

function isRightBinding(spec: JsonObject, policyName: string): boolean {
  const { validationActions: actions, paramRef } = spec
  return (
    spec['policyName'] === policyName &&
    Array.isArray(actions) &&
    actions.includes('Deny') &&
    !isNarrowed(objectAt(spec, 'matchResources')) &&
    canonical(paramRef) === canonical({ selector: {}, parameterNotFoundAction: 'Allow' })
  )
}
