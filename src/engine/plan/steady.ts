import type { Scope } from '../../template/cel/cel.ts'
import { type Comparison, couldHaveGiven, readsPod } from '../../template/compare.ts'
import type { Template } from '../../template/template.ts'
import type { Container } from '../pod.ts'
import { type Field, fields, memberOf } from './fields.ts'
import { holds, isContainer } from './present.ts'

/**
 * Whether this can be the container that a template gave an earlier call for this Pod: fields that depend on the Pod
 * may differ, because another webhook may have changed the Pod since; all others must match. Ask it only about what the
 * status says is ours.
 */
export function mayBeGiven(
  existing: Container,
  wanted: Container,
  template: Template,
  scope: Scope,
): boolean {
  if (template.kind === 'when') return mayBeGiven(existing, wanted, template.body, scope)
  if (template.kind !== 'object' || existing['restartPolicy'] !== wanted['restartPolicy']) return false
  return template.members.every(([key, member]) => {
    if (!readsPod(member)) return isContainer(existing, { name: wanted.name, [key]: wanted[key] })
    // Which volume they mount depends on what the app containers mount, besides.
    return (
      key === 'resources' ||
      key === 'volumeMounts' ||
      couldHaveGiven(existing[key], member, scope, comparisonOf(memberOf(fields.container, key)))
    )
  })
}

function comparisonOf(field: Field): Comparison {
  const { itemKey, members = {} } = field
  return {
    has: (existing, wanted) => holds(existing, wanted, field),
    member: name => comparisonOf(memberOf(field, name)),
    item: () => comparisonOf({ members }),
    itemKey,
  }
}
