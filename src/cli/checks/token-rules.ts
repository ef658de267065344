import type { JsonObject } from '../../json/json.ts'
import { profileLabel } from '../../profile/accept/controller-revision.ts'
import { among, quoted, sameBut, when } from './expressions.ts'
import { podTargets, podValidations, podVariables } from './pod-token-rules.ts'

/**
 * What the token of Pillion's ServiceAccount may write: the `spec` of a ValidatingAdmissionPolicy. The chart takes these
 * rules from here (charts/pillion/token-rules.yaml is made by tools/generate.ts), and `pillion doctor` compares
 * those in the cluster with them. They read `variables.installation`, `variables.home`, `variables.ownsCertificate`,
 * `variables.mayEvict` and `variables.mayUpdatePods`, which the chart fills in. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export const tokenRules = {
  // All writes, also those that no RBAC rule of Pillion allows: an admin may grant more by mistake.
  matchConstraints: {
    resourceRules: [
      { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'], scope: '*' },
    ],
  },
  variables: [
    {
      name: 'target',
      expression:
        "request.resource.group + '/' + request.resource.resource + '/' + request.?subResource.orValue('')",
    },
    { name: 'isAtHome', expression: "request.?namespace.orValue('') == variables.home" },
    { name: 'metadata', expression: 'object == null ? {} : object.metadata' },
    { name: 'oldMetadata', expression: 'oldObject == null ? {} : oldObject.metadata' },
    // Labels are compared separately, because Pillion sets one on its Secret.
    {
      name: 'keepsMetadata',
      expression: sameBut('variables.metadata', 'variables.oldMetadata', [
        'labels',
        'managedFields',
        'resourceVersion',
        'generation',
      ]),
    },
    {
      name: 'keepsLabels',
      expression: 'variables.metadata.?labels.orValue({}) == variables.oldMetadata.?labels.orValue({})',
    },
    ...podVariables,
    { name: 'isRevision', expression: ofProfile('variables.metadata') },
    { name: 'wasRevision', expression: ofProfile('variables.oldMetadata') },
  ],
  validations: [
    {
      expression: among([
        'admissionregistration.k8s.io/mutatingwebhookconfigurations/',
        'admissionregistration.k8s.io/validatingwebhookconfigurations/',
        'pillion.dev/clustersidecarprofiles/status',
        'pillion.dev/sidecarprofiles/status',
        'apps/controllerrevisions/',
        '/secrets/',
        'coordination.k8s.io/leases/',
        '/events/',
        ...podTargets,
      ]),
      messageExpression:
        "'the token of Pillion may not do this: ' + request.operation + ' of ' + variables.target",
    },
    when(
      [
        'admissionregistration.k8s.io/mutatingwebhookconfigurations/',
        'admissionregistration.k8s.io/validatingwebhookconfigurations/',
      ],
      `variables.ownsCertificate && request.operation == 'UPDATE' && request.name == variables.installation &&
       variables.keepsMetadata && variables.keepsLabels && ${sameBut('object', 'oldObject', ['metadata', 'webhooks'])} &&
       object.?webhooks.orValue([]).map(w, w.name) == oldObject.?webhooks.orValue([]).map(w, w.name) &&
       object.?webhooks.orValue([]).all(w, oldObject.webhooks.exists(o, o.name == w.name &&
         ${sameBut('w', 'o', ['clientConfig'])} && ${sameBut('w.clientConfig', 'o.clientConfig', ['caBundle'])}))`,
      'the token of Pillion may change only the caBundle of its own webhook configurations',
    ),
    // A status names revisions. Their specs are in ControllerRevisions, which have policies of their own: revision-rules.ts.
    when(
      ['pillion.dev/clustersidecarprofiles/status', 'pillion.dev/sidecarprofiles/status'],
      `request.operation == 'UPDATE'`,
      'the token of Pillion may only update the status of profiles',
    ),
    when(
      ['apps/controllerrevisions/'],
      `request.operation == 'CREATE' ? variables.isRevision && object.data.all(k, k == 'spec') &&
         ['annotations', 'finalizers'].all(k, !(k in object.metadata)) :
       variables.wasRevision && (request.operation == 'DELETE' || request.operation == 'UPDATE' &&
         variables.keepsMetadata && variables.keepsLabels && ${sameBut('object', 'oldObject', ['metadata', 'revision'])})`,
      'the token of Pillion may write only ControllerRevisions of profiles, and change only their number',
    ),
    when(
      ['/secrets/'],
      `variables.ownsCertificate && request.operation in ['CREATE', 'UPDATE'] && variables.isAtHome &&
       object.metadata.name == variables.installation + '-tls' &&
       (request.operation == 'UPDATE' ? variables.keepsMetadata && object.type == oldObject.type :
         object.type == 'kubernetes.io/tls' && ['annotations', 'finalizers', 'ownerReferences'].all(k, !(k in object.metadata))) &&
       object.metadata.?labels.orValue({}).all(k, k == 'pillion.dev/certificates' ||
         k in variables.oldMetadata.?labels.orValue({}) && object.metadata.labels[k] == variables.oldMetadata.labels[k]) &&
       object.?data.orValue({}).all(k, k in ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] ||
         oldObject != null && k in oldObject.?data.orValue({}) && object.data[k] == oldObject.data[k])`,
      'the token of Pillion may write only the certificate into its own Secret',
    ),
    when(
      ['coordination.k8s.io/leases/'],
      `request.operation in ['CREATE', 'UPDATE'] && variables.isAtHome && object.metadata.name == variables.installation`,
      'the token of Pillion may write only its own Lease',
    ),
    when(
      ['/events/'],
      `request.operation == 'CREATE' && object.?source.?component.orValue('') == 'pillion' && (
       (object.?reportingComponent.orValue('') == 'pillion.dev/sweep' &&
       object.involvedObject.?kind.orValue('') == 'Pod' &&
       object.?reason.orValue('') in ['InjectionMissed', 'InjectionOutdated', 'InjectionDenied', 'EvictedByPillion']) ||
       (object.?reportingComponent.orValue('') in ['pillion.dev/profiles', 'pillion.dev/rollout'] &&
        object.involvedObject.?apiVersion.orValue('') == 'pillion.dev/v1alpha1' &&
        object.?reason.orValue('') in ['Accepted', 'NotAccepted', 'DeletedInUse', 'RolloutStarted', 'RolloutStep',
          'RolloutPaused', 'RolloutFailed', 'RolloutCompleted']) ||
       (object.?reportingComponent.orValue('') == 'pillion.dev/rollout' && variables.mayUpdatePods &&
        object.involvedObject.?kind.orValue('') == 'Pod' &&
        object.?reason.orValue('') in ['Updating', 'Updated', 'UpdateFailed', 'PutBack', 'NeedsRecreate', 'EvictedByPillion']))`,
      'the token of Pillion may create only Events of the sweep and of rollouts, on Pods, and Events on profiles',
    ),
    ...podValidations,
  ],
} as const satisfies JsonObject

/** Whether a ControllerRevision has the name, label and owner that Pillion gives to a revision of a profile. */
function ofProfile(metadata: string): string {
  const label = `${metadata}.?labels[${quoted(profileLabel)}].orValue('')`
  return `${label} != '' && ${metadata}.name.startsWith(${label} + '-') && ${metadata}.?ownerReferences.orValue([]).size() == 1 && ${metadata}.ownerReferences.all(o, o.apiVersion.startsWith('pillion.dev/') && o.name == ${label} && o.?controller.orValue(false) && (o.kind == 'SidecarProfile' || o.kind == 'ClusterSidecarProfile' && variables.isAtHome))`
}
