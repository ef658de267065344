import { outsideRevision } from '../../profile/schema/rollout-schema.ts'
import { kinds } from '../../profile/schema/schema.ts'
import { quoted, sameBut } from './expressions.ts'

/**
 * What the token of Pillion's ServiceAccount may keep as a revision: only the spec that the profile has now. A
 * ValidatingAdmissionPolicy for each kind of profile, which the API server evaluates with each profile as `params`; it passes
 * for all profiles except the owner of the ControllerRevision. So it passes for an owner that does not exist, under any uid:
 * `profileId` compares more than the uid. The rules about everything else are in token-rules.ts.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
 */
export const revisionRules = kinds.map(kind => ({
  kind,
  resource: `${kind.toLowerCase()}s`,
  matchConstraints: {
    resourceRules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['*'],
        resources: ['controllerrevisions'],
        operations: ['CREATE'],
        scope: '*',
      },
    ],
  },
  validations: [
    {
      expression: `!object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == '${kind}' && o.name == params.metadata.name) || (object.metadata.ownerReferences.all(o, o.uid == params.metadata.uid) && ${sameBut('object.data.spec', 'params.spec', outsideRevision)} && [${outsideRevision.map(quoted).join(', ')}].all(k, !(k in object.data.spec)))`,
      message: `the token of Pillion may keep as a revision of a ${kind} only the spec that it has now`,
    },
  ],
}))
