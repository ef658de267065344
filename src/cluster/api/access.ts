import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { accessSource, type ClusterChoice, serviceAccountDirectory } from './access-source.ts'
import type { Access } from './http.ts'

/**
 * Finds the API server as kubectl does: with a kubeconfig, else the Pod's service account; with a context, always in the
 * kubeconfig. Throws only when it is used.
 */
export function defaultAccess(choice: ClusterChoice = {}): Access {
  if (accessSource(choice) === 'pod')
    return impersonating(serviceAccountAccess(serviceAccountDirectory, process.env), choice)
  let loaded: Promise<Access> | undefined
  return impersonating(async () => {
    // The library takes 30 MB: a replica in a Pod does not load it.
    loaded ??= import('./kubeconfig.ts').then(({ contextAccess }) => contextAccess(choice))
    // A file that is missing or half written is read again.
    loaded.catch(() => {
      loaded = undefined
    })
    return (await loaded)()
  }, choice)
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
export function serviceAccountAccess(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Access {
  return async () => {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
    if (!host) throw new Error('KUBERNETES_SERVICE_HOST is not set: this is not a Pod')
    const [token, ca] = await Promise.all(
      ['token', 'ca.crt'].map(name => readFile(join(directory, name), 'utf8')),
    )
    return {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      options: { ...(ca && { ca }), headers: { authorization: `Bearer ${token?.trim()}` } },
    }
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonating(access: Access, { as: user, asGroup = [] }: ClusterChoice): Access {
  if (user === undefined) return access
  return async () => {
    const { server, options } = await access()
    const headers = {
      ...(options.headers as Record<string, string>),
      'impersonate-user': user,
      ...(asGroup.length > 0 && { 'impersonate-group': [...asGroup] }),
    }
    return { server, options: { ...options, headers } }
  }
}
