import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Access } from './http.ts'

/**
 * As kubectl finds it: what `KUBECONFIG` names, else `~/.kube/config`, else the Pod's service account; with
 * a context, that of the kubeconfig. Whatever is wrong with it is thrown when it is used.
 */
export function defaultAccess(context?: string): Access {
  const hasKubeconfig = process.env['KUBECONFIG'] || existsSync(join(homedir(), '.kube', 'config'))
  if (context === undefined && !hasKubeconfig && existsSync(join(serviceAccountDirectory, 'token'))) {
    return serviceAccountAccess(serviceAccountDirectory, process.env)
  }
  let loaded: Promise<Access> | undefined
  return async () => {
    loaded ??= loadKubeconfig(context)
    // A file that is not there yet, or half written, is read again.
    loaded.catch(() => {
      loaded = undefined
    })
    return (await loaded)()
  }
}

/** The library takes 30 MB: a server in a Pod does without it. */
async function loadKubeconfig(context: string | undefined): Promise<Access> {
  return (await import('./kubeconfig.ts')).contextAccess(context)
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
export function serviceAccountAccess(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Access {
  return async () => {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
    if (!host) throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no Pod')
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
