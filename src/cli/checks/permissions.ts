import { type JsonObject, objectAt } from '../../json/json.ts'
import { type LiveInstallation, serviceAccountOf, settingOf } from '../cluster/installation.ts'
import { lacking } from '../cluster/permission.ts'
import { broken, check, unknown, warning } from './finding.ts'
import { type RequiredPermission, requiredPermissions } from './required-permissions.ts'

/**
 * Whether the ServiceAccount of the replicas has all permissions that they need.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export const permissions = check('permissions', async function* (installation) {
  const evicts = settingOf(installation, 'sweepEvict') === 'missed'
  const rollsOut = settingOf(installation, 'rollout') === 'true'
  const account = `the ServiceAccount ${installation.namespace}/${serviceAccountOf(installation)}`
  const reviewed = await Promise.all(
    requiredPermissions(installation.name, { evicts, rollsOut }).map(async required => ({
      required,
      reviews: await Promise.all(
        attributesOf(required, installation).map(each => review(each, installation)),
      ),
    })),
  )
  const unseen = reviewed.flatMap(({ reviews }) => reviews).find(({ why }) => why !== undefined)
  if (unseen?.why !== undefined) {
    yield unknown(unseen.why)
    return undefined
  }
  for (const { required, reviews } of reviewed) {
    const lacks = reviews.flatMap(({ lacks }) => lacks ?? [])
    if (lacks.length > 0)
      yield (required.isVital ? broken : warning)(
        `${account} may not ${lacks.join(', ')}: ${required.without}`,
        installation.repair,
      )
  }
  return `${account} has all permissions that Pillion needs`
})

/** What to review for a rule: an API server reviews one verb of one resource. */
function attributesOf({ rule, scope }: RequiredPermission, { namespace }: LiveInstallation) {
  const { apiGroups, resources, resourceNames = [undefined], verbs } = rule
  return apiGroups.flatMap(group =>
    resources.flatMap(path =>
      resourceNames.flatMap(name =>
        verbs.map((verb): JsonObject => {
          const [resource, subresource] = path.split('/')
          return { group, resource, subresource, name, verb, ...(scope === 'own namespace' && { namespace }) }
        }),
      ),
    ),
  )
}

/** What the replicas lack, as `list namespaces`, or why that cannot be reviewed. */
async function review(resourceAttributes: JsonObject, installation: LiveInstallation) {
  const { cluster, namespace } = installation
  const answer = await cluster.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${namespace}:${serviceAccountOf(installation)}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes,
      },
    },
  })
  if (!answer.ok) return { why: answer.status === 403 ? mayNotReview : answer.message }
  const { verb, resource, subresource } = resourceAttributes
  const path = subresource === undefined ? resource : `${resource}/${subresource}`
  return objectAt(answer.body, 'status')['allowed'] === true ? {} : { lacks: `${verb} ${path}` }
}

const mayNotReview = lacking({ verb: 'create', resource: 'subjectaccessreviews.authorization.k8s.io' })
