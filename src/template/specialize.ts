import { spend } from '../limits/budget.ts'
import type { Scope } from './cel/cel.ts'
import { evaluate, type Failures, isTrue } from './evaluate.ts'
import { constant, type Member, readsOf, type Template } from './template.ts'

/**
 * Evaluates everything that depends only on the parameters. The rest reads a Pod or its namespace. The result gives each Pod
 * what the template would give it with these parameters. An expression that fails stays, so that the failure is reported
 * for the Pod. `undefined` if no Pod gets anything here.
 */
export function specialize(template: Template, scope: Scope): Template | undefined {
  spend(1)
  if (template.kind === 'constant') return template
  if (readsOf(template) === 'nothing') {
    const failures: Failures = []
    const value = evaluate(template, scope, failures)
    if (failures.length > 0) return template
    return value === undefined ? undefined : constant(value)
  }
  switch (template.kind) {
    case 'leaf':
      return template
    case 'json':
      return { kind: 'json', body: specialize(template.body, scope) ?? template.body }
    case 'when':
      return specializeWhen(template, scope)
    case 'list':
      return { kind: 'list', items: template.items.flatMap(item => specializeItem(item, scope)) }
    case 'object':
      return {
        kind: 'object',
        members: template.members.flatMap(([key, member]): Member[] => {
          const known = specialize(member, scope)
          return known ? [[key, known]] : []
        }),
      }
    default:
      return template satisfies never
  }
}

function specializeWhen(when: Extract<Template, { kind: 'when' }>, scope: Scope): Template | undefined {
  const body = specialize(when.body, scope)
  if (body === undefined) return undefined
  if (when.condition.reads !== 'nothing') return { ...when, body }
  const failures: Failures = []
  const holds = isTrue(when.condition, when.path, scope, failures)
  if (failures.length > 0) return { ...when, body }
  return holds ? body : undefined
}

/** An expression that stands for an item may give a list: its items take the place of the expression. */
function specializeItem(item: Template, scope: Scope): readonly Template[] {
  const known = specialize(item, scope)
  if (known === undefined) return []
  if (item.kind !== 'leaf' || known.kind !== 'constant' || !Array.isArray(known.value)) return [known]
  return known.value.map(constant)
}
