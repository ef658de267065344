import { type Api, succeeded } from '../../src/cluster/api/api.ts'
import type { ApiServer } from './apiserver.ts'
import { apiFor } from './client.ts'
import { until } from './until.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'

/** A rule of a Role or ClusterRole. */
type Rule = Readonly<Record<string, readonly string[]>>

/**
 * The API server as the service account `default` of a namespace sees it, with these rights there and no
 * others. Resolves when they are in force, which `mayNow` finds out.
 */
export async function accountWith(
  server: ApiServer,
  namespace: string,
  rules: readonly Rule[],
  mayNow: (account: Api) => Promise<boolean>,
): Promise<Api> {
  const api = apiFor(server)
  const path = `${rbac}/namespaces/${namespace}`
  const metadata = { name: namespace }
  succeeded(await api.request('POST', `${path}/roles`, { body: { metadata, rules } }))
  const bound = { metadata, subjects: subjectsOf(namespace), roleRef: roleOf('Role', namespace) }
  succeeded(await api.request('POST', `${path}/rolebindings`, { body: bound }))
  const tokens = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`
  const { status } = succeeded(await api.request('POST', tokens, { body: {} }))
  const account = apiFor({ ...server, token: (status as { token: string }).token })
  await until('the rights are in force', 5_000, () => mayNow(account))
  return account
}

/** Gives the same account rights in the whole cluster. */
export async function allowEverywhere(
  server: ApiServer,
  namespace: string,
  rules: readonly Rule[],
): Promise<void> {
  const api = apiFor(server)
  const metadata = { name: namespace }
  succeeded(await api.request('POST', `${rbac}/clusterroles`, { body: { metadata, rules } }))
  const bound = { metadata, subjects: subjectsOf(namespace), roleRef: roleOf('ClusterRole', namespace) }
  succeeded(await api.request('POST', `${rbac}/clusterrolebindings`, { body: bound }))
}

function subjectsOf(namespace: string): object[] {
  return [{ kind: 'ServiceAccount', name: 'default', namespace }]
}

function roleOf(kind: string, name: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name }
}
