import type { Call } from './audit.ts'

/** One thing that a rule of a role allows. https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface Permission {
  readonly verb: string
  readonly apiGroup: string
  /** With its subresource: `pods/eviction`. */
  readonly resource: string
  /** The only object, where the rule names any. */
  readonly name?: string
  /** The only namespace, where a Role gives it. */
  readonly namespace?: string
}

/** A Role or ClusterRole. */
export interface Role {
  readonly metadata: { readonly namespace?: string }
  readonly rules: readonly {
    readonly apiGroups?: readonly string[]
    readonly resources?: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

/** All that the roles allow, one by one. */
export function permissionsIn(roles: readonly Role[]): readonly Permission[] {
  return roles.flatMap(({ metadata: { namespace }, rules }) =>
    rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
      apiGroups.flatMap(apiGroup =>
        resources.flatMap(resource =>
          verbs.flatMap(verb =>
            (resourceNames ?? [undefined]).map(name => ({
              verb,
              apiGroup,
              resource,
              ...(name && { name }),
              ...(namespace && { namespace }),
            })),
          ),
        ),
      ),
    ),
  )
}

/** Whether a call needs this permission. */
export function allows({ verb, apiGroup, resource, name, namespace }: Permission, call: Call): boolean {
  const { objectRef, responseStatus } = call
  if (!objectRef) return false
  // A server-side apply that creates an object needs the right to create it as well.
  const verbs = responseStatus?.code === 201 && call.verb === 'patch' ? ['patch', 'create'] : [call.verb]
  const called = [objectRef.resource, objectRef.subresource].filter(Boolean).join('/')
  return (
    verbs.includes(verb) &&
    apiGroup === (objectRef.apiGroup ?? '') &&
    resource === called &&
    (name === undefined || name === objectRef.name) &&
    (namespace === undefined || namespace === objectRef.namespace)
  )
}

export function describePermission({ verb, apiGroup, resource, name, namespace }: Permission): string {
  const object = [apiGroup, resource, name].filter(Boolean).join('/')
  return `${verb} ${object}${namespace ? ` in ${namespace}` : ''}`
}
