import { excludedByDefault } from '../../engine/select/select.ts'

/** The version of Kubernetes when none is known. */
export const testedKubernetes = '1.34'

/** The default of the server. */
export const excludedNamespaces: ReadonlySet<string> = new Set(excludedByDefault)
