import type { Kubectl } from './kubectl.ts'
import { samples } from './replicas.ts'

/** How many calls of the webhook all its Pods have counted together. */
export async function webhookCalls(kubectl: Kubectl): Promise<number> {
  const counts = (await samples(kubectl, 'pillion_admission_requests_total')).flat()
  return counts.reduce((sum, { value }) => sum + value, 0)
}
