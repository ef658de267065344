import type { Pod } from '../../src/engine/pod.ts'
import { startOtherWebhook } from './other-webhook.ts'

/** A mutating webhook that knows a Pod of 2022: it takes `restartPolicy` from every init container. */
export function startDroppingWebhook() {
  return startOtherWebhook({ name: 'zealous', change: withoutRestartPolicies })
}

function withoutRestartPolicies(pod: Pod) {
  return (pod.spec?.initContainers ?? []).flatMap(({ restartPolicy }, i) =>
    restartPolicy === undefined
      ? []
      : [{ op: 'remove' as const, path: `/spec/initContainers/${i}/restartPolicy` }],
  )
}
