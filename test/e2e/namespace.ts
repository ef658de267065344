import { afterAll, beforeAll, inject } from 'vitest'
import { type Kubectl, kubectlOf } from './kubectl.ts'

interface NamespaceMetadata {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** A namespace for the tests of one file, and kubectl in it. */
export function useNamespace(name: string, metadata: NamespaceMetadata = {}): Kubectl {
  const kubectl = kubectlOf(inject('kubeconfig'))
  beforeAll(async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } }
    await kubectl(['create', '-f=-'], { stdin: JSON.stringify(namespace) })
  })
  afterAll(async () => {
    await kubectl(['delete', 'namespace', name, '--wait=false'])
  })
  return kubectl.in(name)
}

/** What a namespace says to accept only Pods that follow https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export function podSecurity(level: 'baseline' | 'restricted'): NamespaceMetadata {
  return { labels: { 'pod-security.kubernetes.io/enforce': level } }
}
