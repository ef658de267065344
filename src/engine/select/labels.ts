import type { LabelSelector } from '../../profile/schema/schema.ts'
import type { Strings } from '../pod.ts'

/**
 * Whether labels match a selector: all of its parts must; an empty one matches everything.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function matchesLabels(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Strings,
): boolean {
  const has = (key: string) => Object.hasOwn(labels, key)
  return (
    Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isIn = has(key) && values.includes(labels[key]!)
      if (operator === 'In') return isIn
      if (operator === 'NotIn') return !isIn
      return operator === 'Exists' ? has(key) : operator === 'DoesNotExist' && !has(key)
    })
  )
}
