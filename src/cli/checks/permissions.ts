import { isObject, type JsonObject } from '../../json/json.ts'
import { deploymentOf, podSpecIn } from '../cluster/deployment.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { lacking } from '../cluster/permission.ts'
import { type Check, findingsOf } from './finding.ts'
import { type RequiredPermission, requiredPermissions } from './required-permissions.ts'

const { ok, warning, broken, unknown } = findingsOf('permissions')

/**
 * Whether the ServiceAccount of the replicas has all permissions that they need.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export const permissions: Check = async installation => {
  const { cluster, name, namespace } = installation
  const { serviceAccountName = name } = podSpecIn(await deploymentOf(installation))
  const account = { namespace, name: String(serviceAccountName) }
  const reviewed = await Promise.all(
    requiredPermissions(name).map(async required => ({
      required,
      lacks: await lacks(cluster, required, account),
    })),
  )
  const unseen = reviewed.flatMap(({ lacks }) => (typeof lacks === 'string' ? [lacks] : []))
  if (unseen[0] !== undefined) return [unknown(unseen[0])]
  const findings = reviewed.flatMap(({ required, lacks }) =>
    lacks.length === 0 || typeof lacks === 'string'
      ? []
      : [
          (required.isVital ? broken : warning)(
            `the ServiceAccount ${account.namespace}/${account.name} may not ${lacks.join(', ')}: ${required.without}`,
            `kubectl apply -k deploy/ (${required.file})`,
          ),
        ],
  )
  return findings.length > 0
    ? findings
    : [ok(`the ServiceAccount ${account.namespace}/${account.name} has all permissions that Pillion needs`)]
}

interface Account {
  readonly namespace: string
  readonly name: string
}

/** What an account may not do, as `list namespaces`; a text when that cannot be reviewed. */
async function lacks(
  cluster: LiveCluster,
  { rule, scope }: RequiredPermission,
  account: Account,
): Promise<readonly string[] | string> {
  const { apiGroups, resources, resourceNames = [undefined], verbs } = rule
  const reviewed = apiGroups.flatMap(group =>
    resources.flatMap(path =>
      resourceNames.flatMap(name => verbs.map(verb => ({ group, path, name, verb }))),
    ),
  )
  const answers = await Promise.all(
    reviewed.map(async ({ group, path, name, verb }) => {
      const [resource, subresource] = path.split('/')
      const attributes = {
        group,
        resource,
        verb,
        ...(subresource !== undefined && { subresource }),
        ...(name !== undefined && { name }),
        ...(scope === 'own namespace' && { namespace: account.namespace }),
      }
      const answer = await cluster.create(reviews, review(account, attributes))
      if (!answer.ok) return { unseen: answer.status === 403 ? mayNotAsk : answer.message }
      const { status } = answer.body
      return isObject(status) && status['allowed'] === true ? {} : { lacks: `${verb} ${path}` }
    }),
  )
  const unseen = answers.find(({ unseen }) => unseen !== undefined)?.unseen
  return unseen ?? answers.flatMap(({ lacks }) => (lacks === undefined ? [] : [lacks]))
}

const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
const mayNotAsk = lacking({ verb: 'create', resource: 'subjectaccessreviews.authorization.k8s.io' })

function review({ namespace, name }: Account, resourceAttributes: JsonObject): JsonObject {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes,
    },
  }
}
