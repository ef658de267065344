import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The cluster and the user of a command. The members have the names of the options of kubectl. */
export interface ClusterChoice {
  /** A file, used instead of `KUBECONFIG` and `~/.kube/config`. */
  readonly kubeconfig?: string
  /** Default: the current context. */
  readonly context?: string
  /** A user to impersonate. */
  readonly as?: string
  /** The groups of the impersonated user. */
  readonly asGroup?: readonly string[]
}

/**
 * The files of the kubeconfig, or that the Pod's service account is used instead; undefined if there is neither. The
 * files are the given one, else those of `KUBECONFIG`, else `~/.kube/config` if it exists.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function accessSource({ kubeconfig, context }: ClusterChoice): readonly string[] | 'pod' | undefined {
  if (kubeconfig !== undefined) return [kubeconfig]
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter(file => file !== '')
  if (named.length > 0) return named
  const usual = join(homedir(), '.kube', 'config')
  if (existsSync(usual)) return [usual]
  const isPod = existsSync(join(serviceAccountDirectory, 'token'))
  return context === undefined && isPod ? 'pod' : undefined
}

export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'
