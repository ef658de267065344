/** A permission in the terms of RBAC. */
export interface Permission {
  readonly verb: string
  /** `clustersidecarprofiles.pillion.dev`, or a path that is not a resource. */
  readonly resource: string
  /** Absent for cluster scope. */
  readonly namespace?: string
  readonly name?: string
}

/**
 * The permission that a request needs, from its path.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function permissionFor(verb: 'get' | 'list' | 'create' | 'patch', path: string): Permission {
  const [, root, ...steps] = path.split('/')
  const group = root === 'apis' ? steps.shift() : undefined
  const [, ...below] = steps
  const namespace = below[0] === 'namespaces' && below[2] ? below[1] : undefined
  const [plural = '', name, ...more] = namespace === undefined ? below : below.slice(2)
  const isResource = (root === 'api' || root === 'apis') && plural !== '' && more.length === 0
  if (!isResource) return { verb, resource: path }
  return {
    verb,
    resource: group === undefined ? plural : `${plural}.${group}`,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  }
}

/** Says that the permission is missing, and what to ask the admin for. */
export function lacking({ verb, resource, namespace, name }: Permission): string {
  const object = name === undefined ? resource : `${resource}/${name}`
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`
  return `you may not ${verb} ${object}${where}: ask your admin for the verb ${verb} on ${resource}${where}`
}
