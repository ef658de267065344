import { defaultAccess } from './access.ts'
import { type Api, apiAt } from './api.ts'

/** The API server of a context of the kubeconfig, of the current one when none is named. */
export function apiOfContext(context?: string): Api {
  return apiAt(defaultAccess(context))
}
