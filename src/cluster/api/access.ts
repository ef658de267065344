import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Access } from './http.ts'

/**
 * Finds the API server as kubectl does: with `KUBECONFIG`, else `~/.kube/config`, else the Pod's service account; with a
 * context, always in the kubeconfig. Throws only when it is used.
 */
export function defaultAccess(context?: string): Access {
  const hasKubeconfig = process.env['KUBECONFIG'] || existsSync(join(homedir(), '.kube', 'config'))
  if (context === undefined && !hasKubeconfig && existsSync(join(serviceAccountDirectory, 'token'))) {
    return serviceAccountAccess(serviceAccountDirectory, process.env)
  }
  let loaded: Promise<Access> | undefined
  return async () => {
    // The library takes 30 MB: a replica in a Pod does not load it.
    loaded ??= import('./kubeconfig.ts').then(({ contextAccess }) => contextAccess(context))
    // A file that is missing or half written is read again.
    loaded.catch(() => {
      loaded = undefined
    })
    return (await loaded)()
  }
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

const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'
