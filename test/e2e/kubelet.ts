import type { Kubectl } from './kubectl.ts'

/** Has the kubelet look at a Pod's volumes at once: it does when the Pod changes, and once in a minute or so otherwise. */
export async function hurryKubelet(kubectl: Kubectl, pod: string): Promise<void> {
  await kubectl(['annotate', '--overwrite', 'pod', pod, `example.com/hurry=${performance.now()}`])
}
