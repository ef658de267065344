import { type ApiServer, startApiServer } from '../../test/apiserver/apiserver.ts'

/**
 * Gives `measure` an API server of the tests, and stops it after. It knows policies that mutate, and writes no
 * audit log, which for the tests holds every Pod whole.
 */
export async function withApiServer<T>(measure: (server: ApiServer) => Promise<T>): Promise<T> {
  const server = await startApiServer({ flags })
  try {
    return await measure(server)
  } finally {
    await server.stop()
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/ */
const flags = [
  '--feature-gates=MutatingAdmissionPolicy=true',
  '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  '--audit-log-path=',
]
