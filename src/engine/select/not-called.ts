import { annotation, type Namespace, type Pod } from '../pod.ts'
import { enabled } from './select.ts'

/**
 * Whether the API server calls Pillion for a Pod, with the webhooks as they are shipped: it does for Pods with the annotation,
 * and for every Pod of a namespace with the label.
 */
export function isCalledAsShipped({ pod, namespace }: Shipped): boolean {
  return Object.hasOwn(pod.metadata?.annotations ?? {}, annotation.inject) || isEnabled(namespace)
}

interface Shipped {
  readonly pod: Pick<Pod, 'metadata'>
  readonly namespace: Namespace
}

/** Why the API server does not call Pillion for a Pod, with the webhooks as they are shipped; undefined if it does. */
export function notCalledAsShipped(created: Shipped): string | undefined {
  if (isCalledAsShipped(created)) return undefined
  return `the Pod has no annotation ${annotation.inject}, and ${withoutLabel(created.namespace)}`
}

/** Whether the API server calls Pillion for every Pod of a namespace. */
export function isEnabled({ labels }: Namespace): boolean {
  return Object.hasOwn(labels, annotation.inject) && labels[annotation.inject] === enabled
}

/** That a namespace is not enabled, and the command that enables it. */
export function withoutLabel({ name, labels }: Namespace): string {
  const value = Object.hasOwn(labels, annotation.inject) ? labels[annotation.inject] : undefined
  const label = `${annotation.inject}=${enabled}`
  const [has, overwrite] =
    value === undefined
      ? [`does not have the label ${label}`, '']
      : [`has the label ${annotation.inject}=${value} instead of ${label}`, ' --overwrite']
  return `namespace ${name} ${has}; run: kubectl label namespace ${name} ${label}${overwrite}`
}
